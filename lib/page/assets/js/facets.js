// How the records of the search spread over systems, levels and other fields; a click edits the text of the search.

import { button, debounced, grouped, h, levelMark, short } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { bandOf, levelName, levelNumber } from './levels.js';
import { visible } from './texts.js';
import { chosenValues, FIELDS, withAlso, withNot, withOnly } from './query_text.js';
import { choice, choose } from './choices.js';
import { savedSearches } from './saved.js';

const FEW_VALUES = 6, MANY_VALUES = 50, MOST_PATTERNS = 200;
const STANDARD = [['level', 'Level'], ['system', 'System'], ['subsystem', 'Host'], ['module', 'Module'], ['exception', 'Exception'], ['version', 'Version']];

export class Facets {
  #place;
  #edit;
  #asking = new Latest();
  #search = { q: '', t: '' };
  #found = new Map(); // field: {values, others, at_least}
  #open = new Set(); // fields that show many
  #added;

  // edit(q) is called with the text that a click makes.
  constructor(place, edit) {
    this.#place = place;
    this.#edit = edit;
    this.#added = choice('facets') ?? [];
    place.addEventListener('keydown', (event) => this.#key(event));
    savedSearches.changed = () => this.#draw();
  }

  focus() {
    this.#place.querySelector('button.name, button')?.focus();
  }

  async load(search) {
    this.#search = search;
    const signal = this.#asking.next();
    this.#place.classList.add('stale');
    try {
      await Promise.all([this.#loadFields(this.#fields().filter((field) => field !== 'exception'), signal), this.#loadExceptions(signal)]);
      this.#place.classList.remove('stale');
    } catch (error) {
      if (wasAborted(error)) return;
      this.#place.classList.remove('stale');
      this.#draw(`counts not available: ${error.message}`);
    }
  }
  // While records come in, the counts of what they have go on.
  count(row) {
    for (const [field, value] of [['level', levelName(row.level)], ['system', row.names[0]], ['subsystem', row.names[1]], ['version', row.version], ['exception', row.exception]]) {
      const found = this.#found.get(field)?.values.find((each) => each.value === value);
      if (found) found.records += 1;
    }
    this.#later();
  }
  #later = debounced(250, () => this.#draw());

  #fields() {
    return [...STANDARD.map(([field]) => field), ...this.#added];
  }
  async #loadFields(fields, signal) {
    const { q, t } = this.#search, most = this.#open.size ? MANY_VALUES : FEW_VALUES + 4;
    const answer = await ask('facets', { q, t, fields: fields.join(','), most, budget_ms: BUDGET }, signal);
    for (const { field, values, others } of answer.facets) this.#found.set(field, { values, others, atLeast: !answer.complete });
    this.#draw();
  }
  // A traceback is a text: its types are those of the patterns.
  async #loadExceptions(signal) {
    const { q, t } = this.#search;
    const answer = await ask('patterns', { q: q ? `(${q}) exists:exception` : 'exists:exception', t, most: MOST_PATTERNS, budget_ms: BUDGET }, signal);
    const counts = new Map();
    for (const { exception, records } of answer.patterns) {
      const type = (exception ?? '').split(/[: ]/)[0].split('.').pop();
      if (type) counts.set(type, (counts.get(type) ?? 0) + records);
    }
    const values = [...counts].map(([value, records]) => ({ value, records })).sort((a, b) => b.records - a.records);
    this.#found.set('exception', { values, others: answer.others, atLeast: !answer.complete });
    this.#draw();
  }

  #draw(problem) {
    const focused = document.activeElement?.closest?.('.fv')?.dataset.key, which = document.activeElement?.className;
    const names = Object.fromEntries(STANDARD);
    const pins = savedSearches.pins(this.#search.q, this.#search.t);
    this.#place.replaceChildren(pins.length ? h('nav', { class: 'pins', 'aria-label': 'Pinned searches' }, pins) : '', problem ? h('p', { class: 'problem' }, problem) : '', ...this.#fields().map((field) => this.#section(field, names[field] ?? field)), this.#addField());
    if (focused) this.#place.querySelector(`.fv[data-key="${CSS.escape(focused)}"] button${which ? '.' + which.split(' ')[0] : ''}`)?.focus();
  }

  #section(field, title) {
    const { values, others, atLeast } = this.#found.get(field) ?? { values: [], others: 0 };
    const { only, without } = chosenValues(this.#search.q, field);
    const counts = new Map(values.map(({ value, records }) => [value, records]));
    const chosen = [...only, ...without], rest = values.map(({ value }) => value).filter((value) => !chosen.includes(value));
    const shown = field === 'level' ? [...chosen, ...rest].sort((a, b) => levelNumber(b) - levelNumber(a)) : [...chosen, ...rest.slice(0, this.#open.has(field) ? MANY_VALUES : FEW_VALUES)];
    if (shown.length === 0) return '';
    const most = Math.max(1, ...values.map(({ records }) => records)), more = rest.length > FEW_VALUES || others > 0;
    return h('section', { class: 'facet' }, h('h2', {}, title, more && field !== 'level' && button(this.#open.has(field) ? 'fewer' : 'more', () => this.#toggle(field), { class: 'more-values', 'aria-expanded': String(this.#open.has(field)), 'aria-label': `${this.#open.has(field) ? 'fewer' : 'more'} values of ${title}` }),
      this.#added.includes(field) && button('remove', () => this.#remove(field), { class: 'more-values', 'aria-label': `remove ${field}` })),
      h('ul', {}, shown.map((value) => this.#value(field, value, { count: counts.get(value) ?? 0, state: only.includes(value) ? 'in' : without.includes(value) ? 'out' : '', atLeast, share: (counts.get(value) ?? 0) / most }))));
  }

  #value(field, value, { count, state, atLeast, share }) {
    const text = visible(value), number = (atLeast ? 'at least ' : '') + grouped(count), { q } = this.#search;
    return h('li', { class: 'fv ' + state, 'data-key': field + '\t' + value }, field === 'level' && levelMark(bandOf(levelNumber(value))),
      h('button', { type: 'button', class: 'name', title: text, 'aria-pressed': String(state === 'in'), 'aria-label': `only ${text}, ${number}`,
        on: { click: (event) => this.#edit(event.ctrlKey || event.metaKey ? withAlso(q, field, value) : withOnly(q, field, value)) } }, field === 'level' ? text.toUpperCase() : text),
      h('button', { type: 'button', class: 'not', 'aria-pressed': String(state === 'out'), 'aria-label': `without ${text}`, title: `Without ${text} (-)`, on: { click: () => this.#edit(withNot(q, field, value)) } }, '−'),
      h('span', { class: 'cnt', title: number }, state === 'out' ? 'hidden' : (atLeast ? '≥ ' : '') + (count < 1e6 ? grouped(count) : short(count))), h('span', { class: 'share', style: { width: (share * 100).toFixed(1) + '%' } }));
  }

  // `-` on a value is without it.
  #key(event) {
    const value = event.target.closest('.fv');
    if (event.key === '-' && value) {
      value.querySelector('.not').click();
      event.preventDefault();
      event.stopPropagation();
    }
  }

  #toggle(field) {
    this.#open.has(field) ? this.#open.delete(field) : this.#open.add(field);
    this.#loadFields([field], this.#asking.next()).catch(() => this.#draw());
  }

  #addField() {
    const input = h('input', { list: 'facet_fields', 'aria-label': 'Field to add', placeholder: 'Add field', autocomplete: 'off' });
    const names = ['subsubsystem', 'product', 'user1', 'user2', 'logger', 'function', 'file', 'process', 'thread_name'].filter((name) => name in FIELDS && !this.#added.includes(name));
    const form = h('form', { class: 'add-field' }, input, h('datalist', { id: 'facet_fields' }, names.map((name) => h('option', { value: name }))));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const given = input.value.trim(), field = given in FIELDS || given.startsWith('attr.') ? given : 'attr.' + given;
      if (!given || this.#fields().includes(field)) return;
      try {
        await this.#loadFields([field], this.#asking.next());
        this.#keep([...this.#added, field]);
      } catch (error) {
        if (!wasAborted(error)) this.#draw(error.message);
      }
    });
    return form;
  }
  #remove(field) {
    this.#keep(this.#added.filter((other) => other !== field));
  }
  #keep(fields) {
    this.#added = fields;
    choose('facets', fields);
    this.#draw();
  }
}
