// What the server has rendered, taken apart: its nodes stand where the script wants them.

import { h, icon } from './dom.js';
import { rowOfNode } from './row.js';

const COLUMNS = { date: 'Date', lvl: 'Level', sys: 'System', app: 'App', mod: 'Module', msg: 'Message', exc: 'Exception', stk: 'Stack info' };

export function takeServerPage() {
  const main = document.querySelector('main'), results = main.querySelector('.results'), table = results.querySelector('.htable') ?? emptyTable();
  const rendered = [...table.querySelectorAll('tbody tr:not(.day)')].map(rowOfNode), whole = rendered.length > 0 && !results.querySelector('.note');
  main.querySelector('.bar')?.remove();
  results.removeAttribute('role');
  results.removeAttribute('tabindex');
  for (const [name, value] of Object.entries({ role: 'grid', 'aria-readonly': 'true', 'aria-label': 'Records' })) table.setAttribute(name, value);
  table.tHead.setAttribute('role', 'rowgroup');
  table.querySelector('tr').setAttribute('role', 'row');
  table.querySelectorAll('th').forEach((node) => node.setAttribute('role', 'columnheader'));
  table.querySelector('th.stk').replaceChildren(icon('stack'), h('span', { class: 'unseen' }, COLUMNS.stk));
  return { main, form: main.querySelector('.search'), title: main.querySelector('h1'), results, table, rendered, whole };
}

const emptyTable = () => h('table', { class: 'htable' }, h('thead', {}, h('tr', { class: 'heading' }, Object.entries(COLUMNS).map(([name, text]) => h('th', { class: name, scope: 'col' }, text, name === 'date' && [' ', h('small')])))));
