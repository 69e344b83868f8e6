// The script of all other pages.

import { begin } from './app.js';

begin(() => import('./plain_more.js'));
