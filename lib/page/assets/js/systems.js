// The script of the view of systems.

import { begin } from './app.js';
import { SystemsView } from './systems_view.js';

begin(() => import('./systems_more.js'), ({ systemsKeys }) => systemsKeys(systemsView));
const systemsView = new SystemsView();
