// The second script of pages that have nothing of their own in it.

export { openHelp } from './help.js';
export { takeKeys } from './keys.js';
export { nextTheme } from './taste.js';
