// Changes how the page looks.

import { choice, choose } from './choices.js';
import { applyTaste } from './head.js';

const DENSITIES = ['normal', 'dense', 'roomy'];

function changeTo(name, value) {
  choose(name, value);
  applyTaste();
}
export const nextDensity = () => changeTo('d', DENSITIES[(DENSITIES.indexOf(choice('d')) + 1) % DENSITIES.length]);
export const toggleWrap = () => changeTo('wrap', choice('wrap') === '1' ? '0' : '1');
export function nextTheme() {
  const dark = choice('theme') ? choice('theme') === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  changeTo('theme', dark ? 'light' : 'dark');
}
// The table that the server renders, for who reads one better than a list that grows.
export function togglePlain() {
  choose('plain', choice('plain') ? '' : '1');
  location.reload();
}
