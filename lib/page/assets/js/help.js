// Keys and the query language on one screen.

import { button, h } from './dom.js';
import { openSheet } from './sheet.js';
import { choice, choose } from './choices.js';
import { togglePlain } from './taste.js';

const EVERYWHERE = [['/', 'search box'], ['?', 'this help'], ['g l', 'logs'], ['g p', 'patterns'], ['g s', 'systems'], ['t', 'time range'], ['[ ]', 'earlier, later'], ['p', 'follow, pause'], ['s', 'save this search'], ['Esc', 'close, leave']];
const HISTOGRAM = [['i', 'go to it'], ['← →', 'bar'], ['Shift →', 'widen'], ['Enter', 'zoom in'], ['z', 'zoom out']];
const ROWS = [['j k', 'down, up'], ['Enter', 'open the record'], ['e E', 'next, previous error'], ['w W', 'next, previous warning'], ['n N', 'next, previous match around it'], ['c', 'whole log at this record'], ['← →', 'cell'], ['+ -', 'only, without this value'],
  ['y Y', 'copy text, JSON'], ['m', 'bookmark'], ['u U', 'next, previous bookmark'], ['x', 'a line from here'], ['Home End', 'newest, oldest'], ['f', 'filters'], ['d', 'density'], ['r', 'wrap']];
const INCIDENTS = [['j k', 'next, previous'], ['a', 'acknowledge'], ['s', 'silence']];
const LANGUAGE = [['connection refused', 'both words, in any order'], ['"connection refused"', 'the phrase'], ['level>=warning', 'this level and above'], ['system:(a or b)', 'one of these'], ['-module:health', 'without'], ['module:carrier*', 'begins with'],
  ['order_id:4711', 'any attribute that was sent; attr. says it for sure'], ['exists:exception', 'has a traceback'], ['attr.elapsed>1.5s', 'durations, sizes, numbers'], ['/time(d)? ?out/i', 'regular expression'], ['(a or b) -c', 'group'], ['since:2h until:14:00', 'time']];

const keysOf = (all) => h('dl', {}, all.map(([keys, text]) => [h('dt', {}, keys.split(' ').map((key, i) => [i ? ' ' : '', h('kbd', {}, key)])), h('dd', {}, text)]));

export function openHelp() {
  const on = choice('keys') === '1', language = h('dl', { class: 'lang' }, LANGUAGE.map(([text, what]) => [h('dt', {}, text), h('dd', {}, what)]));
  const change = button(`Switch single keys ${on ? 'off' : 'on'}`, () => {
    choose('keys', on ? '0' : '1');
    close();
  }, { class: 'small' });
  const close = openSheet('Keys and query language', '', h('div', { class: 'cols' }, h('div', {}, h('h3', {}, 'Everywhere'), keysOf(EVERYWHERE), h('h3', {}, 'Histogram'), keysOf(HISTOGRAM), h('h3', {}, 'Incidents'), keysOf(INCIDENTS)),
    h('div', {}, h('h3', {}, 'Rows'), keysOf(ROWS)), h('div', {}, h('h3', {}, 'Query language'), language,
      h('p', { class: 'acts' }, change, button(`The rows as a ${choice('plain') ? 'list that goes on' : 'plain table'}`, togglePlain, { class: 'small' }), h('a', { class: 'btn small', href: '/graph_ql' }, 'GraphQL explorer')))));
}
