// The list below the search box: saved and recent searches, fields, and the values of a field with their counts.

import { button, grouped, h } from './dom.js';
import { ask, Latest, wasAborted } from './api.js';
import { chosenValues } from './query_text.js';
import { partAt, quoted } from './query_edit.js';
import { FIELDS } from './fields.js';
import { choice } from './choices.js';
import { forgetRecent } from './recent.js';
import { savedSearches } from './saved.js';

const MOST_OPTIONS = 8, QUICK = 300;
const COUNTED = ['system', 'subsystem', 'subsubsystem', 'product', 'user1', 'user2', 'level', 'level_name', 'logger', 'module', 'function', 'file', 'version', 'process_name', 'thread_name'];
const SPOKEN = ['or', 'and', 'not'];

export class Completion {
  #list = h('ul', { role: 'listbox', id: 'completions', 'aria-label': 'Completions' });
  #pop = h('div', { class: 'pop', hidden: true, mousedown: (event) => event.preventDefault() }, this.#list);
  #box;
  #input;
  #options = [];
  #at = -1;
  #part = { kind: 'field', prefix: '' };
  #asking = new Latest();

  constructor(box) {
    this.#box = box;
    this.#input = box.input;
    box.input.closest('.query').append(this.#pop);
    box.input.addEventListener('click', () => this.#pop.hidden && this.update());
    box.input.addEventListener('blur', () => this.close());
  }

  close() {
    this.#asking.stop();
    this.#pop.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#input.removeAttribute('aria-activedescendant');
    this.#at = -1;
  }

  // True when the key was for the list.
  takes(event) {
    const open = !this.#pop.hidden;
    if (event.key === ' ' && event.ctrlKey) {
      this.update(true);
    } else if (!open) {
      return false;
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      // Upwards from the box is the history.
      if (event.key === 'ArrowUp' && this.#at < 0) return false;
      this.#choose(this.#at + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Tab' && !event.shiftKey && this.#options.length && this.#input.value.trim() && (this.#at >= 0 || this.#part.prefix)) {
      this.#accept(this.#options[Math.max(this.#at, 0)]);
    } else if (event.key === 'Enter' && this.#at >= 0) {
      this.#accept(this.#options[this.#at]);
    } else if (event.key === 'Escape') {
      this.close();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  async update() {
    const q = this.#input.value, caret = this.#input.selectionStart;
    if (document.activeElement !== this.#input) return;
    if (!q.trim()) return this.#show([...savedOptions(''), ...recentOptions('')]);
    this.#part = partAt(q, caret);
    const { kind, field, prefix } = this.#part;
    if (kind === 'value') return this.#values(field, prefix, q);
    const fields = prefix ? fieldOptions(prefix) : [];
    this.#show(q.startsWith('saved:') ? savedOptions(q.slice(6)) : prefix ? [...fields, ...savedOptions(prefix), ...recentOptions(q)] : []);
  }

  // Counted in the present range, without this field's own term; from the dictionary where that takes too long.
  async #values(field, prefix, q) {
    if (!COUNTED.includes(field)) return this.close();
    const signal = this.#asking.next(), t = this.#box.range();
    try {
      const [known, counted] = await Promise.all([
        ask('values', { field, prefix, most: MOST_OPTIONS }, signal),
        ask('facets', { fields: field, t, most: 50, budget_ms: QUICK }, signal).catch((error) => (wasAborted(error) ? Promise.reject(error) : null)),
      ]);
      const counts = new Map((counted?.facets[0].values ?? []).map(({ value, records }) => [value, records]));
      const begins = ([value]) => value.toLowerCase().startsWith(prefix.toLowerCase());
      const values = [...[...counts].filter(begins), ...known.values.filter((value) => !counts.has(value)).map((value) => [value, null])].slice(0, MOST_OPTIONS);
      const { only } = chosenValues(q, field);
      this.#show(values.filter(([value]) => !only.includes(value) || value !== prefix).map(([value, count]) =>
        ({ group: `Values of ${field}`, code: value, count, put: quoted(value) })));
    } catch (error) {
      if (!wasAborted(error)) this.close();
    }
  }

  #show(options) {
    this.#options = options;
    this.#at = -1;
    this.#input.removeAttribute('aria-activedescendant');
    const nodes = [];
    let group = '';
    options.forEach((option, i) => {
      if (option.group !== group) nodes.push(h('li', { class: 'group-name', role: 'presentation' }, option.group, option.group === 'Recent' && button('Clear', () => { forgetRecent(); this.update(); }, { class: 'quiet small' })));
      group = option.group;
      nodes.push(h('li', { role: 'option', id: 'completion_' + i, 'aria-selected': 'false', click: () => this.#accept(option) },
        h('code', {}, option.code), option.what && h('span', { class: 'what' }, option.what), option.count != null && h('span', { class: 'num' }, grouped(option.count))));
    });
    this.#list.replaceChildren(...nodes);
    this.#pop.hidden = options.length === 0;
    this.#input.setAttribute('aria-expanded', String(options.length > 0));
  }

  #choose(at) {
    this.#at = Math.min(Math.max(at, -1), this.#options.length - 1);
    this.#list.querySelectorAll('[role=option]').forEach((node, i) => {
      node.setAttribute('aria-selected', String(i === this.#at));
      if (i === this.#at) node.scrollIntoView({ block: 'nearest' });
    });
    if (this.#at >= 0) this.#input.setAttribute('aria-activedescendant', 'completion_' + this.#at);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  #accept(option) {
    if (option.whole != null) {
      this.#input.value = option.whole;
      if (option.address) return location.assign(option.address);
      this.close();
      return this.#box.submit();
    }
    const { start, end } = this.#part;
    this.#input.setRangeText(option.put, start, end, 'end');
    this.close();
    this.#box.typed();
  }
}

function fieldOptions(prefix) {
  const begin = prefix.toLowerCase();
  const names = Object.keys(FIELDS).filter((name) => name.startsWith(begin) && name !== begin);
  const words = SPOKEN.filter((word) => word.startsWith(begin) && word !== begin);
  return [...names.slice(0, MOST_OPTIONS).map((name) => ({ group: 'Fields', code: name + ':', what: FIELDS[name], put: name + ':' })),
    ...(begin.length > 1 ? words.map((word) => ({ group: 'Words', code: word, put: word + ' ' })) : [])];
}

const recentOptions = (q) =>
  choice('recent').filter((other) => other !== q && other.toLowerCase().includes(q.toLowerCase())).slice(0, 6).map((other) => ({ group: 'Recent', code: other, whole: other }));

const savedOptions = (prefix) =>
  savedSearches.all.filter(({ name }) => name.toLowerCase().includes(prefix.toLowerCase())).slice(0, MOST_OPTIONS)
    .map(({ name, q, t }) => ({ group: 'Saved', code: '★ ' + name, what: [q, t].filter(Boolean).join(', '), whole: q, address: '/saved/' + encodeURIComponent(name) }));
