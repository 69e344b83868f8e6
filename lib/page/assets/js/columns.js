// Which columns are shown.

import { h } from './dom.js';
import { choice, choose } from './choices.js';
import { openSheet } from './sheet.js';

const HIDEABLE = { sys: 'System', app: 'App', mod: 'Module', exc: 'Exception', stk: 'Stack info' };

export function openColumns(changed) {
  const all = Object.keys(HIDEABLE), shown = choice('cols') ? choice('cols').split(',') : all;
  const change = () => {
    const on = all.filter((name) => boxes.querySelector(`[name=${name}]`).checked);
    choose('cols', on.length === all.length ? '' : on.join(',') || 'none');
    changed();
  };
  const boxes = h('div', { class: 'checks', change }, all.map((name) => h('label', {}, h('input', { type: 'checkbox', name, checked: shown.includes(name) }), ' ', HIDEABLE[name])));
  openSheet('Columns', 'small-sheet', h('p', { class: 'dim' }, 'Date, Level and Message are always there.'), boxes);
}
