// The page with script: what the server rendered stays, and gets hands.

import { applyTaste, enhanceHead } from './head.js';
import { openHelp } from './help.js';
import { Keys } from './keys.js';

const views = { 'g l': '/', 'g p': '/patterns', 'g s': '/systems' };
const goTo = Object.fromEntries(Object.entries(views).map(([keys, path]) => [keys, () => [...document.querySelectorAll('.views a')].find((link) => link.pathname === path).click()]));

// What every page has, and what the keys of this one do.
export function begin(keysOf = () => ({})) {
  applyTaste();
  document.documentElement.classList.add('js');
  enhanceHead();
  new Keys({ ...goTo, '?': openHelp, ...keysOf() });
}
