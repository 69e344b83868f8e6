// How the records of the search spread over systems, levels and other fields; a click edits the text of the search.

import { grouped, h, levelMark } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { bandOf, levelNumber } from './levels.js';
import { visible } from './texts.js';
import { chosenValues } from './query_text.js';
import { second } from './second.js';
import { choice } from './choices.js';

const FEW_VALUES = 6, MANY_VALUES = 50, MOST_PATTERNS = 200;
const STANDARD = { level: 'Level', system: 'System', subsystem: 'Host', module: 'Module', exception: 'Exception', version: 'Version' };

export class Facets {
  #list = h('div');
  node = h('aside', { class: 'facets', id: 'facets', 'aria-label': 'Filters' }, this.#list);
  search = { q: '', t: '' };
  #edit;
  #asking = new Latest();
  found = new Map(); // field: {values, others, atLeast}
  open = new Set(); // fields that show many

  // edit(q) is called with the text that a click makes.
  constructor(edit) {
    this.#edit = edit;
  }

  focus() {
    this.#list.querySelector('button')?.focus();
  }

  async load(search) {
    this.search = search;
    const signal = this.#asking.next();
    this.node.classList.add('stale');
    try {
      await Promise.all([this.loadFields(this.fields.filter((field) => field !== 'exception'), signal), this.#loadExceptions(signal)]);
    } catch (error) {
      if (wasAborted(error)) return;
      this.draw(`counts not available: ${error.message}`);
    }
    this.node.classList.remove('stale');
  }
  get fields() {
    return [...Object.keys(STANDARD), ...choice('facets')];
  }
  async loadFields(fields, signal = this.#asking.next()) {
    const { q, t } = this.search, most = this.open.size ? MANY_VALUES : FEW_VALUES + 4;
    const answer = await ask('facets', { q, t, fields: fields.join(','), most, budget_ms: BUDGET }, signal);
    for (const { field, values, others } of answer.facets) this.found.set(field, { values, others, atLeast: !answer.complete });
    this.draw();
  }
  // A traceback is a text: its types are those of the patterns.
  async #loadExceptions(signal) {
    const { q, t } = this.search;
    const answer = await ask('patterns', { q: q ? `(${q}) exists:exception` : 'exists:exception', t, most: MOST_PATTERNS, budget_ms: BUDGET }, signal);
    const counts = new Map();
    for (const { exception, records } of answer.patterns) {
      const type = (exception ?? '').split(/[: ]/)[0].split('.').pop();
      if (type) counts.set(type, (counts.get(type) ?? 0) + records);
    }
    const values = [...counts].map(([value, records]) => ({ value, records })).sort((a, b) => b.records - a.records);
    this.found.set('exception', { values, others: answer.others, atLeast: !answer.complete });
    this.draw();
  }

  draw(problem) {
    const { activeElement: focus } = document, key = focus.closest?.('.fv')?.dataset.key;
    this.#list.replaceChildren(problem ? h('p', { class: 'problem' }, problem) : '', ...this.fields.map((field) => this.#section(field, STANDARD[field] ?? field)));
    if (key) this.#list.querySelector(`.fv[data-key="${CSS.escape(key)}"] .${focus.className}`)?.focus();
  }

  #section(field, title) {
    const { values, others, atLeast } = this.found.get(field) ?? { values: [], others: 0 }, open = this.open.has(field);
    const { only, without } = chosenValues(this.search.q, field);
    const counts = new Map(values.map(({ value, records }) => [value, records]));
    const chosen = [...only, ...without], rest = values.map(({ value }) => value).filter((value) => !chosen.includes(value));
    const shown = field === 'level' ? [...chosen, ...rest].sort((a, b) => levelNumber(b) - levelNumber(a)) : [...chosen, ...rest.slice(0, open ? MANY_VALUES : FEW_VALUES)];
    if (shown.length === 0) return '';
    const most = Math.max(1, ...values.map(({ records }) => records)), more = field !== 'level' && (rest.length > FEW_VALUES || others > 0), word = open ? 'fewer' : 'more';
    return h('section', { class: 'facet' }, h('h2', {}, title, more && h('button', { type: 'button', class: 'more-values', 'aria-expanded': String(open), 'aria-label': `${word} values of ${title}`, click: () => second(({ toggleField }) => toggleField(this, field)) }, word),
      !(field in STANDARD) && h('button', { type: 'button', class: 'more-values', 'aria-label': `remove ${field}`, click: () => second(({ removeField }) => removeField(this, field)) }, 'remove')),
      h('ul', {}, shown.map((value) => this.#value(field, value, counts.get(value) ?? 0, only.includes(value) ? 'in' : without.includes(value) ? 'out' : '', atLeast, most))));
  }

  #value(field, value, count, state, atLeast, most) {
    const text = visible(value), number = (atLeast ? 'at least ' : '') + grouped(count), level = field === 'level', share = h('span', { class: 'share' });
    const change = (name) => second((edits) => this.#edit(edits[name](this.search.q, field, value)));
    share.style.setProperty('width', ((count / most) * 100).toFixed(1) + '%');
    return h('li', { class: 'fv ' + state, 'data-key': field + '\t' + value }, level && levelMark(bandOf(levelNumber(value))),
      h('button', { type: 'button', class: 'name', title: text, 'aria-pressed': String(state === 'in'), 'aria-label': `only ${text}, ${number}`, click: (event) => change(event.ctrlKey || event.metaKey ? 'withAlso' : 'withOnly') }, level ? text.toUpperCase() : text),
      h('button', { type: 'button', class: 'not', 'aria-pressed': String(state === 'out'), 'aria-label': `without ${text}`, title: `Without ${text} (-)`, click: () => change('withNot') }, '−'),
      h('span', { class: 'cnt', title: number }, state === 'out' ? 'hidden' : (atLeast ? '≥ ' : '') + (count < 1e6 ? grouped(count) : (count / 1e6).toFixed(1) + ' M')), share);
  }
}
