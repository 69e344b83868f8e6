// The page with script: what the server rendered stays, and gets hands.

import { takeTastes } from './address.js';
import { applyTaste, enhanceHead } from './head.js';
import { beginSecond } from './second.js';

// `load` imports the second script; `keysOf` gets it, and returns what the keys of this view do.
export function begin(load, keysOf = () => ({})) {
  takeTastes();
  applyTaste();
  document.documentElement.classList.add('js');
  enhanceHead();
  beginSecond(load, (more, held) => more.takeKeys(keysOf(more), held));
}
