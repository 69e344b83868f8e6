// The script of the view of patterns.

import { begin } from './app.js';
import { PatternsView } from './patterns_view.js';

begin(() => import('./patterns_more.js'), ({ patternsKeys }) => patternsKeys(patternsView));
const patternsView = new PatternsView();
