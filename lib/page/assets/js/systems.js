// The script of the view of systems.

import { begin } from './app.js';
import { SystemsView } from './systems_view.js';

begin(() => {
  const view = new SystemsView();
  addEventListener('popstate', () => view.restore());
  return { j: () => view.incidents.walk(1), k: () => view.incidents.walk(-1), a: () => view.incidents.press('ack'), s: () => view.incidents.press('silence') };
});
