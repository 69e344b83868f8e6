// The tools above the rows.

import { button, h, iconButton, levelMark } from './dom.js';
import { second } from './second.js';

export function toolbar(view) {
  const small = (text, click, properties) => button(text, click, { ...properties, class: 'small ' + (properties?.class ?? '') }), move = (name, by) => () => view.more(({ moving }) => void moving[name](by));
  return h('div', { class: 'tools' }, button('Filters', move('toggleFilters'), { class: 'small only-mid filters-button', 'aria-controls': 'facets' }, 'filter'),
    h('span', { class: 'group wide' }, small('Wrap', move('toggleWrap'), { class: 'wrap-button' }), small('Columns', () => second(({ openColumns }) => openColumns(() => view.retell())), { class: 'columns-button' }), small('Dense', move('nextDensity'))),
    h('span', { class: 'group wide' }, h('a', { class: 'btn small', id: 'export', title: 'All that the search finds, as NDJSON' }, 'Export'),
      small('CSV', () => location.assign(view.exportAddress('csv')), { title: 'The same for a spreadsheet; cells that begin like a formula get an apostrophe in front' })),
    small('Link', () => view.more(({ record }) => record.link(0)), { class: 'wide', title: 'Copy a link to what you see' }),
    h('span', { class: 'errnav' }, iconButton('left', 'Previous error (E)', move('error', -1)), levelMark('error'), h('span', { class: 'dim wide' }, 'error'), iconButton('right', 'Next error (e)', move('error', 1))));
}
