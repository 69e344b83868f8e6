// What every page has: the theme, the density of rows, and the links to the views.

import { button, iconButton } from './dom.js';
import { choice } from './choices.js';
import { beginSaying } from './say.js';
import { second } from './second.js';

export function applyTaste() {
  const root = document.documentElement, columns = choice('cols');
  root.dataset.theme = choice('theme');
  root.dataset.density = choice('d');
  root.classList.toggle('wrapped', choice('wrap') === '1');
  for (const name of ['app', 'mod', 'exc', 'stk', 'sys']) root.classList.toggle('no-' + name, columns !== '' && !columns.split(',').includes(name));
}

export function enhanceHead() {
  const keys = 'Keys and query language';
  beginSaying();
  document.querySelector('.top').append(iconButton('theme', 'Colour theme', () => second(({ nextTheme }) => nextTheme()), { id: 'theme' }),
    button('?', () => second(({ openHelp }) => openHelp()), { class: 'quiet small', id: 'help', title: keys + ' (?)', 'aria-label': keys }));
  document.querySelector('#contents')?.setAttribute('tabindex', '-1');
}

// The other views show what this one searches for.
export function tellViews(q, t) {
  const search = new URLSearchParams(Object.entries({ q, t }).filter(([, value]) => value));
  for (const link of document.querySelectorAll('.views a')) if (link.pathname !== '/systems') link.search = search;
}
