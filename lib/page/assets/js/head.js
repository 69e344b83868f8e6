// What every page has: the theme, the help, and the density of rows.

import { byId, h, iconButton } from './dom.js';
import { choice, choose } from './choices.js';
import { openHelp } from './help.js';
import { beginSaying } from './say.js';

const DENSITIES = ['normal', 'dense', 'roomy'];

export function applyTaste() {
  const root = document.documentElement;
  choice('theme') ? (root.dataset.theme = choice('theme')) : delete root.dataset.theme;
  root.dataset.density = choice('d');
  root.classList.toggle('wrapped', choice('wrap') === '1');
  for (const name of ['app', 'mod', 'exc', 'stk', 'sys']) root.classList.toggle('no-' + name, choice('cols') !== '' && !choice('cols').split(',').includes(name));
}

export function nextDensity() {
  choose('d', DENSITIES[(DENSITIES.indexOf(choice('d')) + 1) % DENSITIES.length]);
  applyTaste();
}

function nextTheme() {
  const dark = choice('theme') ? choice('theme') === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  choose('theme', dark ? 'light' : 'dark');
  applyTaste();
}

export function enhanceHead() {
  beginSaying();
  const head = document.querySelector('.top');
  head.append(iconButton('theme', 'Colour theme', nextTheme, { id: 'theme' }), h('button', { type: 'button', class: 'btn quiet small', id: 'help', title: 'Keys and query language (?)', 'aria-label': 'Keys and query language', on: { click: openHelp } }, '?'));
  byId('contents')?.setAttribute('tabindex', '-1');
}
