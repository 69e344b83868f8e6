// The script of the view of records.

import { begin } from './app.js';
import { choice } from './choices.js';
import { LogsView } from './logs_view.js';

begin(() => import('./logs_more.js'), ({ logsKeys }) => (logsView ? logsKeys(logsView) : {}));
// Somebody may want the table that the server rendered, and nothing else.
document.documentElement.classList.toggle('js', !choice('plain'));
const logsView = choice('plain') ? null : new LogsView();
