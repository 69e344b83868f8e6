// The tools above the rows.

import { button, h, iconButton, levelMark, openDialog } from './dom.js';
import { choice, choose } from './choices.js';

export function toolbar(view) {
  const toggle = (text, name, action) => button(text, action, { class: 'small ' + name });
  return h('div', { class: 'tools' }, button('Filters', () => view.toggleFilters(), { class: 'small only-mid filters-button', 'aria-controls': 'facets' }, 'filter'),
    h('span', { class: 'group wide' }, toggle('Wrap', 'wrap-button', () => view.toggleWrap()), toggle('Columns', 'columns-button', () => openColumns(view)), toggle('Dense', 'dense-button', () => view.nextDensity())),
    h('span', { class: 'group wide' }, h('a', { class: 'btn small', id: 'export', href: view.exportAddress('ndjson'), title: 'All that the search finds, as NDJSON' }, 'Export'), button('CSV', () => location.assign(view.exportAddress('csv')), { class: 'small', title: 'The same for a spreadsheet; cells that begin like a formula get an apostrophe in front' })),
    button('Link', () => view.link(0), { class: 'small wide', title: 'Copy a link to what you see' }),
    h('span', { class: 'errnav' }, iconButton('left', 'Previous error (E)', () => view.error(-1)), levelMark('error'), h('span', { class: 'dim wide' }, 'error'), iconButton('right', 'Next error (e)', () => view.error(1))));
}

function openColumns(view) {
  const names = { sys: 'System', app: 'App', mod: 'Module', exc: 'Exception', stk: 'Stack info' }, shown = () => choice('cols').split(',').filter(Boolean);
  const all = Object.keys(names), boxes = all.map((name) => h('label', {}, h('input', { type: 'checkbox', name, checked: choice('cols') === '' || shown().includes(name) }), ' ', names[name]));
  const dialog = h('dialog', { class: 'sheet small-sheet', 'aria-labelledby': 'cols_title' }, h('h2', { id: 'cols_title' }, 'Columns', iconButton('x', 'Close (Esc)', () => dialog.close())), h('p', { class: 'dim' }, 'Date, Level and Message are always there.'), h('div', { class: 'checks' }, boxes));
  dialog.addEventListener('change', () => {
    const on = [...dialog.querySelectorAll('input')].filter((input) => input.checked).map((input) => input.name);
    choose('cols', on.length === all.length ? '' : on.join(',') || 'none');
    view.retell();
  });
  openDialog(dialog);
}
