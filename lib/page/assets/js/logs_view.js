// The view of records: search, time, histogram, facets and rows, held together by the address. What else it can do is in logs_more.js.

import { button, debounced, grouped, h, totalText } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { pushAddress, readAddress, replaceAddress } from './address.js';
import { finderOf } from './texts.js';
import { dayText } from './times.js';
import { boundsOf } from './ranges.js';
import { wordsOf } from './query_text.js';
import { applyTaste, tellViews } from './head.js';
import { announce } from './say.js';
import { rowOf } from './row.js';
import { Rows } from './rows.js';
import { SearchBox } from './search_box.js';
import { TimeField } from './time_field.js';
import { Histogram, histogramRange } from './histogram.js';
import { Facets } from './facets.js';
import { second } from './second.js';
import { takeServerPage } from './server_page.js';
import { toolbar } from './toolbar.js';

const FIRST = 100, DIM = 150;

export class LogsView {
  state = readAddress();
  search = new Latest();
  histogram = new Histogram();
  facets = new Facets((q) => this.edit(q));
  liveButton = button('Live', () => this.more(({ following }) => following.toggle()), { class: 'live', 'aria-pressed': 'false', title: 'Follow new records (p)' }, 'play');
  notes = h('div', { class: 'notes' });
  detail = h('aside', { class: 'detail', 'aria-label': 'Record', tabindex: -1, hidden: true });
  body;
  results;
  rows;
  box;
  time;
  finder = null;
  total = null; // {exact} or {at_least}
  newest = 0; // the newest record that was there when the search began
  elapsed = 0;
  #sum = h('p', { class: 'sum' });
  #counting = new Latest();
  #more = null;

  constructor() {
    const { main, form, title, results, table, rendered, whole } = takeServerPage();
    this.results = results;
    this.box = new SearchBox(form, { search: (q) => this.go({ q, around: '', at: '', r: '' }), range: () => this.state.t });
    this.time = new TimeField(form.querySelector('.when'), { change: (t) => this.go({ t, around: '', at: '' }), correct: (t) => this.#correct(t), retold: () => this.retell() });
    this.rows = new Rows(results, table, { view: (first, last) => this.#seen(first, last), open: (id) => this.more(({ record }) => record.open(id)), problem: (error, again) => this.more(({ notes }) => notes.failed(error, again)),
      cut: (direction, answer) => this.more(({ notes }) => notes.cut(answer, () => this.rows.goOn(direction))) });
    form.append(this.liveButton);
    results.replaceChildren(this.notes, table);
    this.body = h('main', { class: 'body' }, this.facets.node, results, this.detail);
    const bar = h('section', { class: 'bar', 'aria-label': 'What was found' }, title, this.#sum, toolbar(this));
    main.replaceWith(...main.children, this.histogram.node, bar, this.body);
    this.state.q = this.box.text;
    replaceAddress(this.state);
    this.#begin(rendered, whole);
  }

  // What the server has rendered is the first chunk, when it is what the address asks for.
  #begin(rendered, whole) {
    const { r, at, around, live } = this.state;
    if (whole) {
      this.#describe();
      this.shown(rendered, { up: Boolean(at || around), down: rendered.length >= 50 });
      this.#countAll();
    } else {
      this.run();
    }
    if (r) this.more(({ record }) => record.open(Number(r), false));
    if (live) this.more(({ following }) => following.toggle());
  }
  // Calls the action with all that comes with the second script.
  more(action) {
    return second(({ LogsMore }) => action((this.#more ??= new LogsMore(this))));
  }

  // ---- Searching

  // A search of its own in the history: another text, range or place.
  go(changes) {
    this.#more?.following.pause();
    Object.assign(this.state, { live: '' }, changes);
    pushAddress(this.state);
    return this.run();
  }
  #correct(t) {
    this.state.t = t;
    replaceAddress(this.state);
    this.run();
  }
  // The text that a click made.
  edit(q) {
    this.box.text = q;
    second(({ remember }) => remember(q));
    this.go({ q, around: '', at: '' });
  }

  #describe() {
    const { q, t } = this.state;
    this.finder = finderOf(wordsOf(q));
    this.time.t = t;
    document.title = q ? `${q} - psherald` : 'psherald';
    tellViews(q, t);
    document.querySelector('#export').href = this.exportAddress('ndjson');
  }
  get asked() {
    const { around, q, t } = this.state;
    return around ? { q: '', t: '' } : { q, t };
  }
  exportAddress(format) {
    return '/api/v1/records?' + new URLSearchParams(Object.entries({ ...this.asked, format }).filter(([, value]) => value));
  }

  async run() {
    const signal = this.search.next(), { asked } = this, { o, at, around } = this.state, begun = performance.now();
    this.#describe();
    const dim = setTimeout(() => this.tellSearching(begun), DIM);
    try {
      const down = o === 'desc', from = Number(around || at);
      const position = from ? { [down ? 'before' : 'after']: down ? from + 1 : from - 1 } : { order: o };
      const answer = await ask('records', { ...asked, ...position, limit: FIRST, budget_ms: BUDGET }, signal);
      this.elapsed = Math.round(performance.now() - begun);
      this.#more?.begun();
      this.box.showFault(null);
      const rows = answer.records.map(rowOf);
      this.shown(rows, { up: from > 0, down: answer.next != null });
      if (!answer.complete) this.rows.cutAt(answer.searched_to);
      if (!answer.complete) this.more(({ notes }) => notes.cut(answer, () => (rows.length ? this.rows.goOn() : notes.searchOn(answer))));
      else if (!rows.length) this.more(({ notes }) => notes.noMatch(asked, signal));
      if (around) await this.#goAround(Number(around));
      this.#countAll();
    } catch (error) {
      if (!wasAborted(error)) this.more(({ notes }) => notes.refused(error));
    } finally {
      clearTimeout(dim);
      if (!signal.aborted) this.results.classList.remove('dimmed');
    }
  }
  tellSearching(begun) {
    this.results.classList.add('dimmed');
    this.#sum.replaceChildren(`Searching, ${((performance.now() - begun) / 1000).toFixed(1)} s. `, button('Stop', () => {
      this.search.stop();
      this.results.classList.remove('dimmed');
      this.tellSum();
    }, { class: 'small' }));
  }

  shown(rows, { up, down }) {
    const { asked } = this, newest = rows.length ? Math.max(...rows.map(({ time }) => time)) : null, range = histogramRange(asked.t, newest);
    this.results.querySelector('.empty')?.remove();
    this.rows.show(rows, { ...asked, o: this.state.o }, { finder: this.finder, up, down });
    if (!up && this.state.o === 'desc' && rows.length) this.newest = rows[0].id;
    if (newest == null) this.histogram.empty(range);
    else this.histogram.load({ q: asked.q, ...range });
    this.facets.load(asked);
  }
  async #goAround(id) {
    await this.rows.goOn('up');
    this.rows.goTo(id, 'center');
    this.rows.light(id);
  }

  async #countAll() {
    this.total = null;
    this.tellSum();
    try {
      const { total } = await ask('count', { ...this.asked, budget_ms: BUDGET }, this.#counting.next());
      this.total = total;
      this.tellSum();
      this.rows.rowCount(total.exact);
      announce(`${totalText(total)} ${total.exact === 1 ? 'record' : 'records'}`);
    } catch (error) {
      if (!wasAborted(error)) this.rows.rowCount(null);
    }
  }
  tellSum() {
    const { total, elapsed, rows } = this, { o, around } = this.state;
    const count = total ? totalText(total) : grouped(rows.all.length) + (rows.complete ? '' : ' and more');
    this.#sum.replaceChildren(h('b', {}, count), total?.exact === 1 ? ' record' : ' records', around ? ' of the whole log, around one ' : '', around ? button('Back to the search', () => this.go({ around: '', r: '' }), { class: 'small' }) : '',
      h('span', { class: 'wide' }, o === 'desc' ? ', newest first' : ', oldest first', elapsed ? `, ${elapsed} ms` : ''));
  }

  // ---- What is seen

  #seen(first, last) {
    const { q, t } = this.asked, { from, to } = this.histogram, { atTop, endsAtNewest } = this.rows;
    this.histogram.cover(first.time, last.time);
    // The histogram of no range slides along.
    if (!boundsOf(t).from && from && (first.time > to || first.time < from)) this.histogram.load({ q, ...histogramRange('', Math.max(first.time, last.time)) });
    const day = this.results.querySelector('.heading .date small');
    if (day) day.textContent = dayText(first.time);
    if (atTop) this.#more?.following.seeTop();
    const at = atTop && endsAtNewest ? '' : String(first.id);
    if (at !== this.state.at && !this.state.around) this.#keepPlace(at, this.state.q, this.state.t);
  }
  #keepPlace = debounced(400, (at, q, t) => {
    if (q !== this.state.q || t !== this.state.t) return;
    this.state.at = at;
    replaceAddress(this.state);
  });
  // Another zone, column, density or wrapping: the same rows in other words.
  retell() {
    applyTaste();
    this.rows.redraw();
  }
}
