// The script of the page that waits for the first record.

import { begin } from './app.js';
import { awaitFirstRecord } from './first_run.js';

begin(() => import('./plain_more.js'));
awaitFirstRecord();
