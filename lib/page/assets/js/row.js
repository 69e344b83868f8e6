// One record as a row: what the server sends, less what a row does not show, and the nodes of it.

import { icon, levelMark, h } from './dom.js';
import { bandOf, levelClasses, levelText } from './levels.js';
import { cut, exceptionType, putMarked, visible, withoutColours } from './texts.js';
import { clockOf, dayText, fractionOf, stamp } from './times.js';
import { choice } from './choices.js';

const MOST_MESSAGE = 2048, MOST_ATTRIBUTES = 160, GAP = 2;

// What a row needs of a record: a list of ten thousand may not keep their tracebacks.
export function rowOf(record) {
  const message = withoutColours(record.message ?? '');
  return {
    id: record.id,
    time: Date.parse(record.received),
    sent: record.created ? Date.parse(record.created) : null,
    level: record.level ?? 0,
    levelName: cut(record.level_name ?? '', 60),
    names: [record.system, record.subsystem, record.subsubsystem],
    app: [record.product, record.user1, record.user2],
    module: record.module ?? '',
    place: placeOf(record),
    version: record.version && record.version !== 'undef' ? record.version : '',
    message: cut(message, MOST_MESSAGE),
    bytes: message.length > MOST_MESSAGE ? message.length : 0,
    attributes: attributesText(record.attr),
    exception: record.exception ? exceptionType(record.exception) : '',
    stack: Boolean(record.stack),
    gap: ((record.flags ?? 0) & GAP) !== 0,
  };
}

const lastPart = (name) => name.split('.').pop();
function placeOf({ module, function: name, line }) {
  const code = name && name !== '<module>' ? '.' + name : '';
  return lastPart(module ?? '') + code + (line != null ? ':' + line : '');
}

export const valueText = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
function attributesText(attributes) {
  let text = '';
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (text.length > MOST_ATTRIBUTES) break;
    text += ` ${name}=${cut(valueText(value), MOST_ATTRIBUTES)}`;
  }
  return cut(withoutColours(text), MOST_ATTRIBUTES);
}

// A row that the server has already written.
export function rowOfNode(tr) {
  const date = tr.querySelector('.date a'), band = [...tr.classList].at(-1);
  const names = (cell) => {
    const [first, ...rest] = tr.querySelector(cell).childNodes;
    return [first?.textContent.trim() || undefined, ...rest.filter((node) => node.nodeType === Node.ELEMENT_NODE).map((node) => node.textContent)];
  };
  const message = tr.querySelector('.msg'), tag = message.querySelector('.tag');
  return {
    id: Number(date.pathname.split('/').pop()),
    time: Date.parse(date.textContent.replace(/^(\S+) (\S+) ?([+-]\d\d):?(\d\d)$/, '$1T$2$3:$4')),
    sent: null,
    level: { debug: 10, info: 20, warning: 30, error: 40, critical: 50 }[band],
    levelName: tr.querySelector('.lvl span').textContent,
    names: names('.sys'),
    app: names('.app'),
    module: '',
    place: tr.querySelector('.mod').firstChild?.textContent.trim() ?? '',
    version: tr.querySelector('.mod i')?.textContent ?? '',
    message: message.firstChild?.nodeType === Node.TEXT_NODE ? message.firstChild.textContent.trimEnd() : '',
    bytes: 0,
    attributes: message.querySelector(':scope > i')?.textContent ?? '',
    exception: tr.querySelector('.exc summary')?.textContent ?? (tag && tag.textContent !== 'Stack' ? tag.textContent : ''),
    stack: Boolean(tr.querySelector('.stk summary')),
    gap: tr.classList.contains('gaprow'),
  };
}

const cell = (name, title, ...children) => h('td', { class: name, role: 'gridcell', title }, ...children);
const namesCell = (name, [first, ...rest]) =>
  cell(name, [first, ...rest].filter(Boolean).map(visible).join(' '), visible(first ?? 'None'), rest.filter(Boolean).map((part) => [' ', h('i', {}, visible(part))]));

function messageCell(row, finder) {
  const node = cell('msg');
  putMarked(node, visible(row.message), finder);
  if (row.bytes) node.append(h('i', {}, ` … ${row.bytes.toLocaleString('en-US')} characters`));
  if (row.exception) node.append(' ', h('span', { class: 'tag' }, visible(row.exception)));
  if (row.stack) node.append(' ', h('span', { class: 'tag' }, 'Stack'));
  if (row.attributes) node.append(h('i', {}, visible(row.attributes)));
  return node;
}

export function rowNode(row, finder, marked) {
  const shown = choice('tz') === 'sender' && row.sent != null ? row.sent : row.time;
  if (row.gap)
    return h('tr', { class: 'gaprow', role: 'row', tabindex: '-1', 'data-id': row.id }, h('td', { role: 'gridcell', title: stamp(row.time) }, h('b', {}, clockOf(shown)), h('span', {}, visible(row.message))));
  const level = levelText(row.levelName, row.level);
  return h('tr', { class: levelClasses(row.levelName, row.level) + (marked ? ' marked' : ''), role: 'row', tabindex: '-1', 'data-id': row.id },
    cell('date', stamp(row.time), clockOf(shown), h('i', {}, fractionOf(shown))),
    cell('lvl', null, levelMark(bandOf(row.level)), h('span', {}, visible(level))),
    namesCell('sys', row.names),
    namesCell('app', row.app),
    cell('mod', visible(row.module || row.place), visible(row.place), row.version && h('i', {}, ' ' + visible(row.version))),
    messageCell(row, finder),
    cell('exc', row.exception && visible(row.exception), visible(row.exception)),
    cell('stk', row.stack ? 'Stack info' : null, row.stack && icon('stack')));
}

export const dayNode = (time) => h('tr', { class: 'day', role: 'row' }, h('th', { colspan: 8, role: 'rowheader' }, dayText(time, true)));
