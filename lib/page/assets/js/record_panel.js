// One record with all that was sent: message, clocks, traceback, the lines around it, attributes, and others like it.

import { button, grouped, h, iconButton, levelMark, plural } from './dom.js';
import { ask, BUDGET, Latest, Offline, wasAborted } from './api.js';
import { bandOf, levelText } from './levels.js';
import { putMarked, visible, withoutColours } from './texts.js';
import { DAY, isoOf, spanText, stamp } from './times.js';
import { rangeOf } from './ranges.js';
import { withNot, withOnly } from './query_edit.js';
import { valueText } from './row.js';
import { LinesAround } from './lines_around.js';
import { tracebackSection } from './traceback.js';
import { sparkline, termOfPattern } from './pattern.js';
import { copy } from './clipboard.js';
import recordStyle from './record.css' with { type: 'css' };

document.adoptedStyleSheets.push(recordStyle);

const TREND = 36;
const ATTRIBUTES = ['system', 'subsystem', 'subsubsystem', 'product', 'user1', 'user2', 'api_version', 'logger', 'module', 'function', 'line', 'file', 'version', 'process', 'process_name', 'thread', 'thread_name', 'origin', 'origin_id'];
const NOT_FILTERED = ['api_version', 'origin_id'];

export class RecordPanel {
  id = 0;
  #node;
  #asking = new Latest();
  #record = null;
  #lines = null;
  #events;

  // events: close(), move(by), edit(q), open(id), here(id), link(id); query() and range() are those of the rows
  constructor(node, events) {
    this.#node = node;
    this.#events = events;
  }

  recordOf(id) {
    return this.#record?.id === id ? this.#record : null;
  }
  nextMatch(by) {
    this.#lines?.nextMatch(by);
  }

  close() {
    this.id = 0;
    this.#asking.stop();
    this.#lines?.stop();
    this.#node.hidden = true;
    this.#node.replaceChildren();
  }

  async open(id, finder) {
    const waiting = setTimeout(() => this.#node.replaceChildren(this.#head(null), h('section', { class: 'skeleton', 'aria-hidden': 'true' }, h('span'), h('span'), h('span'))), 150);
    this.id = id;
    this.#node.hidden = false;
    const signal = this.#asking.next();
    try {
      const { record } = await ask('record/' + id, {}, signal);
      this.#record = record;
      clearTimeout(waiting);
      this.#show(record, finder, signal);
    } catch (error) {
      clearTimeout(waiting);
      if (wasAborted(error)) return;
      const problem = error instanceof Offline ? 'No connection to the server.' : error.message;
      this.#node.replaceChildren(this.#head(null), h('section', {}, h('p', {}, problem), h('p', {}, h('a', { href: '/api/v1/record/' + id }, 'The record as JSON'))));
    }
  }

  #show(record, finder, signal) {
    this.#lines?.stop();
    this.#lines = new LinesAround(record.id, { finder, open: this.#events.open, here: this.#events.here });
    const message = h('p', { class: 'message' }), band = bandOf(record.level);
    putMarked(message, visible(withoutColours(record.message ?? '')), finder);
    this.#node.className = 'detail ' + band;
    this.#node.setAttribute('aria-label', `Record ${record.id}`);
    this.#node.replaceChildren(this.#head(record), h('section', {}, message, clocks(record)), record.exception ? tracebackSection('Traceback', record.exception) : '',
      record.stack ? tracebackSection('Stack info', record.stack) : '', this.#lines.node, this.#attributes(record), h('section', { class: 'same-section' }));
    this.#node.scrollTop = 0;
    this.#loadSame(record, signal);
  }

  #head(record) {
    const title = record ? [levelMark(bandOf(record.level)), visible(levelText(record.level_name, record.level)), h('span', { class: 'dim' }, `record ${grouped(record.id)}`)] : ['Record ', grouped(this.id)];
    return h('header', {}, h('h2', {}, title), h('span', { class: 'acts' }, iconButton('left', 'Newer (k)', () => this.#events.move(-1)), iconButton('right', 'Older (j)', () => this.#events.move(1)),
      button('Link', () => this.#events.link(this.id), { class: 'quiet small wide', title: 'Copy a link to this record in this search' }),
      record && button('Copy', () => copy(textOf(record)), { class: 'quiet small', title: 'Copy as text (y), as JSON (Y)' }, 'copy'),
      iconButton('x', 'Close (Esc)', () => this.#events.close())));
  }

  #attributes(record) {
    const rows = [];
    for (const name of ATTRIBUTES) if (record[name] != null && record[name] !== '') rows.push(this.#attribute(name, String(record[name]), NOT_FILTERED.includes(name) ? null : name));
    for (const [name, value] of Object.entries(record.attr ?? {})) {
      const plain = typeof value !== 'object' || value === null, nested = !plain && !Array.isArray(value);
      if (nested) for (const [inner, one] of Object.entries(value)) rows.push(this.#attribute(`${name}.${inner}`, valueText(one), fieldOf(`${name}.${inner}`)));
      else rows.push(this.#attribute(name, valueText(value), plain ? fieldOf(name) : null));
    }
    return h('section', {}, h('h3', {}, 'Attributes'), h('dl', { class: 'attrs' }, rows));
  }
  #attribute(name, value, field) {
    const edit = (change) => () => this.#events.edit(change(this.#events.query(), field, value)), shown = visible(value);
    const acts = h('span', { class: 'acts' }, field && button('+', edit(withOnly), { 'aria-label': `only ${name} ${shown}`, title: 'Only this' }), field && button('−', edit(withNot), { 'aria-label': `without ${name} ${shown}`, title: 'Without this' }),
      button('copy', () => copy(value), { 'aria-label': `copy ${name}` }));
    return h('div', {}, h('dt', {}, visible(name)), h('dd', {}, h('span', { class: 'value' }, shown), acts));
  }

  // Others that are the same but for what varies, in the range of the search.
  async #loadSame(record, signal) {
    try {
      const found = await ask('patterns', { q: `id:${record.id}`, most: 1, budget_ms: BUDGET }, signal), [pattern] = found.patterns, t = this.#events.range() || rangeOf(Date.parse(record.received) - DAY, null);
      if (!pattern) return;
      const q = termOfPattern(pattern), { bars, complete } = await ask('histogram', { q, t, most: TREND, budget_ms: BUDGET }, signal);
      const counts = bars.map((levels) => Object.values(levels).reduce((sum, count) => sum + count, 0)), total = counts.reduce((sum, count) => sum + count, 0);
      this.#node.querySelector('.same-section').replaceChildren(h('h3', {}, 'Same pattern'), h('div', { class: 'same' }, sparkline(counts, bandOf(record.level), 'trend'),
        h('span', {}, complete ? '' : 'at least ', h('b', {}, plural(total, 'record')), this.#events.range() ? ' in this range' : ' since a day before it'), button('Show them', () => this.#events.edit(q), { class: 'small' })));
    } catch (error) {
      if (!wasAborted(error)) this.#node.querySelector('.same-section')?.replaceChildren();
    }
  }
}

const fieldOf = (name) => 'attr.' + name.split('.').map((part) => (/^[\p{L}_][\p{L}\d_-]*$/u.test(part) ? part : JSON.stringify(part))).join('.');

function clocks(record) {
  const received = Date.parse(record.received), sent = record.created && Date.parse(record.created);
  const behind = sent == null ? 0 : received - sent, skew = `${spanText(Math.abs(behind))} ${behind < 0 ? 'after' : 'before'}, by the sender's clock`;
  return h('dl', { class: 'clocks' }, h('dt', {}, 'received'), h('dd', {}, stamp(received)), sent != null && [h('dt', {}, 'sent'), h('dd', {}, stamp(sent), ' ', h('span', { class: 'dim' }, skew))]);
}

// As it is pasted into a mail: one line, and the texts as they were sent.
export function textOf(record) {
  const where = [record.system, record.subsystem, record.subsubsystem].filter(Boolean).join(' ');
  const head = [isoOf(Date.parse(record.received)), levelText(record.level_name, record.level), where, record.message].filter(Boolean).join('  ');
  return [head, record.exception, record.stack].filter(Boolean).join('\n');
}
