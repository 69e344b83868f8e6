// Patterns: what was said how often, new things first. `Only` and `Without` edit the search and stay here.

import { button, choiceButtons, grouped, h, levelMark, plural } from './dom.js';
import { ApiError, ask, BUDGET, Latest, wasAborted } from './api.js';
import { pushAddress, readAddress, replaceAddress } from './address.js';
import { bandOf, levelName } from './levels.js';
import { DAY, dayOf, dayText, shortTime, spanText } from './times.js';
import { boundsOf, describeRange } from './ranges.js';
import { withTerm } from './query_edit.js';
import { patternNodes, sparkline, termOfPattern } from './pattern.js';
import { visible } from './texts.js';
import { second } from './second.js';
import { tellViews } from './head.js';
import { announce } from './say.js';
import { SearchBox } from './search_box.js';
import { TimeField } from './time_field.js';

const MOST_SHOWN = 100, MOST_COMPARED = 1000, LONG_GONE = 7 * DAY;
const ORDERS = { new: 'New first', most: 'Most', rare: 'Rarest' };

// Whether one of them stands for words that vary, and the other is among those.
function isVariant({ message }, other) {
  const words = message.split(' '), others = other.message.split(' ');
  return words.length === others.length && (message + other.message).includes('<*>') && words.every((word, i) => [others[i], '<*>'].includes(word) || others[i] === '<*>');
}

export class PatternsView {
  #state = readAddress();
  #page = h('main', { class: 'page', id: 'contents', tabindex: -1 });
  #sum = h('p', { class: 'sum' });
  #tools = h('div', { class: 'tools' });
  #asking = new Latest();
  #found = [];
  #counted = null;
  box;
  time;

  constructor() {
    const main = document.querySelector('main'), form = main.querySelector('.search');
    this.box = new SearchBox(form, { search: (q) => this.go({ q }), range: () => this.#state.t });
    this.time = new TimeField(form.querySelector('.when'), { change: (t) => this.go({ t }), correct: (t) => this.#correct(t), retold: () => this.#draw() });
    const old = main.querySelector('.page');
    main.querySelector('.bar')?.remove();
    this.#page.append(...(old ? old.children : []));
    old?.remove();
    const bar = h('section', { class: 'bar', 'aria-label': 'What was found' }, main.querySelector('h1'), this.#sum, this.#tools);
    main.replaceWith(...main.children, bar, this.#page);
    this.#state.q = this.box.text;
    this.#run();
  }

  go(changes) {
    Object.assign(this.#state, changes);
    pushAddress(this.#state);
    this.#run();
  }
  #correct(t) {
    this.#state.t = t;
    replaceAddress(this.#state);
    this.#run();
  }
  restore() {
    this.#state = readAddress();
    this.box.text = this.#state.q;
    this.#run();
  }
  link() {
    second(({ copy, linkTo }) => copy(linkTo(this.#state), 'Link copied'));
  }

  #edit(q) {
    this.box.text = q;
    second(({ remember }) => remember(q));
    this.go({ q });
  }

  async #run() {
    const signal = this.#asking.next(), { q, t } = this.#state, begun = performance.now();
    this.time.t = t;
    document.title = `Patterns${q ? ' of ' + q : ''} - psherald`;
    tellViews(q, t);
    this.#page.classList.add('stale');
    try {
      const found = await ask('patterns', { q, t, most: MOST_SHOWN, budget_ms: BUDGET }, signal);
      this.box.showFault(null);
      this.#counted = { ...found, elapsed: Math.round(performance.now() - begun) };
      this.#found = found.patterns.map((pattern) => ({ ...pattern, since: Date.parse(pattern.first), until: Date.parse(pattern.last), news: '' }));
      this.#page.classList.remove('stale');
      this.#draw();
      announce(plural(this.#found.length, 'pattern'));
      await Promise.all([this.#compare(signal), this.#examples(signal)]);
      this.#draw();
    } catch (error) {
      if (wasAborted(error)) return;
      this.#page.classList.remove('stale');
      if (error instanceof ApiError && error.fault) return this.box.showFault(error.fault);
      this.#page.prepend(h('div', { class: 'note', role: 'status' }, levelMark('error'), h('span', {}, h('b', {}, 'The search failed. '), error.message), button('Search again', () => this.#run(), { class: 'small' })));
    }
  }

  // What was there before the range says what is new in it; without a range, the last day is compared with all before.
  async #compare(signal) {
    const { q, t } = this.#state, newest = Math.max(...this.#found.map(({ until }) => until)), from = boundsOf(t).from ?? newest - DAY;
    const before = await ask('patterns', { q, t: '..' + new Date(from - 1).toISOString(), most: MOST_COMPARED, budget_ms: BUDGET }, signal);
    // Nothing can be new to a log that begins here.
    if (before.patterns.length === 0) return;
    const known = new Map(before.patterns.map((pattern) => [pattern.fingerprint, pattern]));
    for (const pattern of this.#found) {
      const old = known.get(pattern.fingerprint) ?? before.patterns.find((other) => isVariant(other, pattern)), begun = t ? pattern.since : Math.max(pattern.since, from), gone = old ? begun - Date.parse(old.last) : 0;
      if (old) pattern.since = Math.min(pattern.since, Date.parse(old.first));
      if (!old && before.complete && pattern.since >= from) pattern.news = 'new';
      else if (gone > LONG_GONE) pattern.news = `back after ${spanText(gone)}`;
    }
  }
  // The system and version of the newest of each.
  async #examples(signal) {
    if (!this.#found.length) return;
    const { records } = await ask('records', { q: `id:(${this.#found.map(({ example }) => example).join(' or ')})`, fields: 'id,system,version', limit: MOST_SHOWN, budget_ms: BUDGET }, signal);
    const examples = new Map(records.map((record) => [record.id, record]));
    for (const pattern of this.#found) Object.assign(pattern, { system: examples.get(pattern.example)?.system ?? '', version: examples.get(pattern.example)?.version ?? '' });
  }

  #sorted() {
    const most = (a, b) => b.records - a.records;
    if (this.#state.sort === 'most') return [...this.#found].sort(most);
    if (this.#state.sort === 'rare') return [...this.#found].sort((a, b) => -most(a, b));
    return [...this.#found].sort((a, b) => Boolean(b.news) - Boolean(a.news) || (a.news && b.level - a.level) || most(a, b));
  }

  #draw() {
    if (!this.#counted) return;
    const total = this.#found.reduce((sum, { records }) => sum + records, this.#counted.others), complete = this.#counted.complete;
    this.#sum.replaceChildren(h('b', {}, plural(this.#found.length, 'pattern')), ` of ${complete ? '' : 'the newest '}`, h('b', {}, grouped(total)), ' records', h('span', { class: 'wide' }, ` of this search, ${this.#counted.elapsed} ms`));
    this.#tools.replaceChildren(choiceButtons(ORDERS, this.#state.sort, (sort) => {
      this.#state.sort = sort;
      pushAddress(this.#state);
      this.#draw();
    }), button('Link', () => this.link(), { class: 'small wide' }));
    if (this.#found.length === 0) return this.#page.replaceChildren(h('div', { class: 'card' }, h('p', {}, 'No record matches, so there are no patterns. '), h('p', {}, button('Any time', () => this.go({ t: '' }), { class: 'small' }), ' ', button('All records', () => this.#edit(''), { class: 'small' }))));
    const columns = [['num', 'Records', 'c-records'], ['p-hide', this.#state.t ? describeRange(this.#state.t) : 'Trend', 'c-trend'], ['p-hide', 'Level', 'c-level'], ['', 'Pattern', ''], ['c-hide', 'System', 'c-system'], ['c-hide', 'First seen', 'c-time'], ['p-hide', 'Search', 'c-acts']];
    const table = h('table', { class: 't patterns' }, h('colgroup', {}, columns.map(([hide, , size]) => h('col', { class: `${hide === 'num' ? '' : hide} ${size}` }))),
      h('thead', {}, h('tr', {}, columns.map(([name, text]) => h('th', { class: name, scope: 'col' }, text)))), h('tbody', {}, this.#sorted().map((pattern) => this.#row(pattern))));
    replaceContents(this.#page, h('div', { class: 'card' }, table));
  }

  #row(pattern) {
    const band = bandOf(pattern.level), term = termOfPattern(pattern), steps = Math.min(72, Math.max(1, ...this.#found.map(({ trend }) => trend.length)));
    const trend = Array.from({ length: steps }, (_, i) => pattern.trend[steps - 1 - i] ?? 0), type = pattern.exception?.split(/[: ]/)[0].split('.').pop();
    const now = this.#found.reduce((newest, { until }) => Math.max(newest, until), 0);
    return h('tr', { class: band }, h('td', { class: 'num mono' }, grouped(pattern.records)), h('td', { class: 'p-hide' }, sparkline(trend, band, `trend, newest on the right`)), h('td', { class: 'p-hide' }, h('span', { class: 'state' }, levelMark(band), levelName(pattern.level).toUpperCase())),
      h('td', { class: 'pat' }, pattern.news && h('span', { class: 'new' }, pattern.news === 'new' && pattern.version ? `new in ${visible(pattern.version)}` : pattern.news), h('a', { href: '/record/' + pattern.example, title: 'The newest of them' }, patternNodes(pattern.message)), type && [' ', h('span', { class: 'tag' }, visible(type))]),
      h('td', { class: 'c-hide mono' }, visible(pattern.system ?? '')), h('td', { class: 'c-hide', title: new Date(pattern.since).toISOString() }, dayOf(pattern.since) === dayOf(now) ? 'today ' + shortTime(pattern.since, pattern.since) : dayText(pattern.since)),
      h('td', { class: 'p-hide' }, h('span', { class: 'group' }, button('Only', () => this.#edit(withTerm(this.#state.q, term)), { class: 'small', 'aria-label': `only ${pattern.message}` }), button('Without', () => this.#edit(withTerm(this.#state.q, '-' + term)), { class: 'small', 'aria-label': `without ${pattern.message}` }))));
  }
}

// The focus stays with what has the same name there.
function replaceContents(place, ...nodes) {
  const nameOf = (node) => node.getAttribute('aria-label') ?? node.getAttribute('href'), focused = place.contains(document.activeElement) && nameOf(document.activeElement);
  place.replaceChildren(...nodes);
  if (focused) [...place.querySelectorAll('a, button')].find((node) => nameOf(node) === focused)?.focus();
}
