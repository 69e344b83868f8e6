// The view of records: search, time, histogram, facets, rows and the record beside them, held together by the address.

import { button, byId, copy, debounced, grouped, h, icon, plural } from './dom.js';
import { ApiError, ask, BUDGET, Latest, Offline, wasAborted } from './api.js';
import { linkTo, pushAddress, readAddress, replaceAddress } from './address.js';
import { bandOf } from './levels.js';
import { finderOf } from './texts.js';
import { dayText, isoOf, MINUTE, rangeOf } from './times.js';
import { wordsOf } from './query_text.js';
import { choice, choose, remember } from './choices.js';
import { applyTaste, nextDensity } from './head.js';
import { announce, say } from './say.js';
import { rowOf, rowOfNode } from './row.js';
import { Rows } from './rows.js';
import { SearchBox } from './search_box.js';
import { safeBounds, TimeField } from './time_field.js';
import { Histogram, histogramRange } from './histogram.js';
import { Facets } from './facets.js';
import { RecordPanel } from './record_panel.js';
import { Live } from './live.js';
import { Notes } from './notes.js';
import { RowHands } from './row_hands.js';
import { toolbar } from './toolbar.js';
import { savedSearches } from './saved.js';

const FIRST = 100, DIM = 150;

export class LogsView {
  #state = readAddress();
  #body = h('main', { class: 'body' });
  #results;
  #notes;
  #sum = h('p', { class: 'sum' });
  #tools;
  #search = new Latest();
  #total = null; // {exact} or {at_least}
  #elapsed = 0;
  #newest = 0; // the newest record that was there when the search began
  #unseen = { count: 0, errors: 0 };
  #finder = null;
  box;
  time;
  rows;
  hands;
  panel;
  live;
  histogram;
  facets;

  constructor() {
    const main = document.querySelector('main'), form = main.querySelector('.search');
    this.#results = main.querySelector('.results') ?? h('div', { class: 'results', id: 'contents' });
    const table = this.#results.querySelector('.htable') ?? emptyTable(), rendered = [...table.querySelectorAll('tbody tr:not(.day)')].map(rowOfNode);
    const understood = !this.#results.querySelector('.empty') || rendered.length > 0, cut = this.#results.querySelector('.note') !== null;
    this.#finder = finderOf(wordsOf(this.#state.q));

    this.#notes = new Notes(this.#results, {
      run: () => this.#run(),
      live: () => this.live.on,
      search: ({ q, t }) => {
        this.box.text = q;
        this.go({ q, t, around: '', at: '' });
      },
    });
    this.box = new SearchBox(form, { search: (q) => this.go({ q, around: '', at: '', r: '' }), range: () => this.#state.t });
    this.time = new TimeField(form.querySelector('.when'), { change: (t) => this.go({ t, around: '', at: '' }), retold: () => this.retell() });
    this.live = new Live({ rows: (all, shown) => this.#came(all, shown), rate: (rate) => this.#rate(rate), connection: (there) => this.#notes.connected(there) });
    this.#liveButton = button('Live', () => this.follow(), { class: 'live', 'aria-pressed': 'false', title: 'Follow new records (p)' }, 'play');
    form.append(this.#liveButton);
    const ruler = h('section', { class: 'ruler', 'aria-label': 'Records over time' });
    this.histogram = new Histogram(ruler, { zoom: (t) => this.go({ t, around: '', at: '' }), goTo: (time) => this.goToTime(time), out: () => this.zoomOut() });
    const aside = h('aside', { class: 'facets', id: 'facets', 'aria-label': 'Filters' });
    this.facets = new Facets(aside, (q) => this.edit(q));
    this.panel = new RecordPanel({ close: () => this.close(), move: (by) => this.walk(by), edit: (q) => this.edit(q), open: (id) => this.openAnywhere(id), here: (id) => this.around(id), link: (id) => this.link(id), query: () => this.#state.q, range: () => this.#state.t });
    this.rows = new Rows(this.#results, table, { view: (first, last) => this.#seen(first, last), open: (id) => this.open(id), problem: (error, again) => this.#failed(error, again), cut: (direction, answer) => this.#notes.cut(answer, () => this.rows.goOn(direction)) });
    this.rows.bookmarks = new Set(choice('marks'));
    this.hands = new RowHands(this.rows, { edit: (q) => this.edit(q), arrive: (id) => this.#arrive(id), go: (id) => this.go({ at: String(id) }), query: () => this.#state.q });

    this.#results.replaceChildren(this.#notes.node, table);
    this.#results.removeAttribute('role');
    this.#results.removeAttribute('tabindex');
    main.querySelector('.bar')?.remove();
    const bar = h('section', { class: 'bar', 'aria-label': 'What was found' }, main.querySelector('h1'), this.#sum, toolbar(this));
    table.setAttribute('role', 'grid');
    table.setAttribute('aria-readonly', 'true');
    table.setAttribute('aria-label', 'Records');
    table.tHead.setAttribute('role', 'rowgroup');
    table.querySelector('tr.heading').setAttribute('role', 'row');
    table.querySelectorAll('th[scope=col]').forEach((node) => node.setAttribute('role', 'columnheader'));
    table.querySelector('th.stk').replaceChildren(icon('stack'), h('span', { class: 'unseen' }, 'Stack info'));
    main.replaceWith(...[...main.children].filter((node) => node !== this.#results), ruler, bar, this.#body);
    this.#body.append(aside, this.#results, this.panel.node);
    this.box.text = form.dataset.q ?? this.#state.q;
    this.#begin(form, rendered, understood && !cut);
  }

  // What the server has rendered is the first chunk, when it is what the address asks for.
  async #begin(form, rendered, understood) {
    if (form.dataset.q != null) this.#state.q = form.dataset.q;
    replaceAddress(this.#state);
    this.time.t = this.#state.t;
    this.#describe();
    if (rendered.length && understood) {
      this.#shown(rendered, { up: Boolean(this.#state.at || this.#state.around), down: rendered.length >= 50 });
      this.#countAll();
    } else {
      this.#run();
    }
    if (this.#state.r) this.open(Number(this.#state.r), { focus: false });
    if (this.#state.live) this.follow();
    savedSearches.load();
  }

  // ---- Searching

  // A search of its own in the history: another text, range or place.
  go(changes) {
    if (this.live.on && !('live' in changes)) this.#pause();
    Object.assign(this.#state, { live: '' }, changes);
    pushAddress(this.#state);
    this.#run();
  }
  // The text that a click made.
  edit(q) {
    remember(q);
    this.box.text = q;
    this.go({ q, around: '', at: '' });
  }
  restore() {
    this.live.stop();
    this.#tellLive();
    this.#state = readAddress();
    this.box.text = this.#state.q;
    this.#run();
    this.#state.r ? this.open(Number(this.#state.r), { focus: false }) : this.panel.id && this.close();
  }

  #describe() {
    this.time.t = this.#state.t;
    document.title = this.#state.q ? `${this.#state.q} - psherald` : 'psherald';
    for (const link of document.querySelectorAll('.views a')) {
      const parameters = new URLSearchParams();
      if (this.#state.q) parameters.set('q', this.#state.q);
      if (this.#state.t) parameters.set('t', this.#state.t);
      link.search = link.pathname === '/systems' ? '' : parameters.toString();
    }
    byId('export')?.setAttribute('href', this.exportAddress('ndjson'));
  }

  #asked() {
    return this.#state.around ? { q: '', t: '' } : { q: this.#state.q, t: this.#state.t };
  }

  async #run() {
    const signal = this.#search.next(), { o, at, around } = this.#state, asked = this.#asked(), begun = performance.now();
    this.#finder = finderOf(wordsOf(this.#state.q));
    this.#describe();
    this.#unseen = { count: 0, errors: 0 };
    const dim = setTimeout(() => this.#searching(begun), DIM);
    try {
      const down = o === 'desc', from = Number(around || at);
      const position = from ? { [down ? 'before' : 'after']: down ? from + 1 : from - 1 } : { order: o };
      const answer = await ask('records', { ...asked, ...position, limit: FIRST, budget_ms: BUDGET }, signal);
      this.#elapsed = Math.round(performance.now() - begun);
      this.#notes.clear();
      this.box.showError(null);
      const rows = answer.records.map(rowOf);
      this.#shown(rows, { up: from > 0, down: answer.next != null });
      if (!answer.complete) {
        this.rows.cutAt(answer.searched_to);
        this.#notes.cut(answer, () => (rows.length ? this.rows.goOn() : this.#searchOn(answer)));
      }
      if (around) this.#goAround(Number(around));
      if (rows.length === 0 && answer.complete) this.#notes.noMatch({ ...asked, elapsed: this.#elapsed }, signal);
      this.#countAll();
    } catch (error) {
      if (wasAborted(error)) return;
      if (error instanceof ApiError && error.fault) {
        this.box.showError(error.fault);
        if (this.rows.count === 0) this.#notes.message('Nothing was searched', error.message);
      } else {
        this.#failed(error, () => this.#run());
      }
    } finally {
      clearTimeout(dim);
      if (!signal.aborted) this.#results.classList.remove('dimmed');
    }
  }
  async #searchOn(answer) {
    const signal = this.#search.next();
    this.#searching(performance.now());
    try {
      const more = await ask('records', { ...this.#asked(), cursor: answer.next, limit: FIRST, budget_ms: BUDGET }, signal);
      this.#notes.clear();
      const rows = more.records.map(rowOf);
      if (rows.length) this.#shown(rows, { up: false, down: more.next != null });
      if (!more.complete) this.#notes.cut(more, () => this.#searchOn(more));
      else if (!rows.length) this.#notes.noMatch({ ...this.#asked(), elapsed: this.#elapsed }, signal);
    } catch (error) {
      if (!wasAborted(error)) this.#failed(error, () => this.#searchOn(answer));
    } finally {
      this.#results.classList.remove('dimmed');
    }
  }

  #shown(rows, { up, down }) {
    this.#results.querySelector('.empty')?.remove();
    this.rows.light(this.panel.id);
    this.rows.show(rows, { ...this.#asked(), o: this.#state.o }, { finder: this.#finder, up, down, known: up ? -1 : 0 });
    if (!up && this.#state.o === 'desc' && rows.length) this.#newest = rows[0].id;
    const ends = rows.map((row) => row.time);
    this.#loadStatistics(ends.length ? Math.max(...ends) : null);
  }
  async #goAround(id) {
    await this.rows.goOn('up');
    this.rows.goTo(id, { block: 'center' });
    this.rows.light(id);
  }

  #loadStatistics(newest) {
    const asked = this.#asked(), range = histogramRange(asked.t, newest);
    if (newest == null) this.histogram.empty(range.from, range.to);
    else this.histogram.load({ q: asked.q, ...range });
    this.facets.load(asked);
  }

  async #countAll() {
    this.#total = null;
    this.#tellSum();
    try {
      const { total } = await ask('count', { ...this.#asked(), budget_ms: BUDGET }, this.#counting.next());
      this.#total = total;
      this.#tellSum();
      this.rows.rowCount(total.exact);
      announce(`${total.exact == null ? 'at least ' : ''}${plural(total.exact ?? total.at_least, 'record', 'records')}`);
    } catch (error) {
      if (!wasAborted(error)) this.rows.rowCount(null);
    }
  }
  #counting = new Latest();

  #tellSum() {
    const total = this.#total, order = this.#state.o === 'desc' ? ', newest first' : ', oldest first';
    const count = total == null ? [h('b', {}, grouped(this.rows.count)), this.rows.complete ? '' : ' and more'] : [total.exact == null && 'at least ', h('b', {}, grouped(total.exact ?? total.at_least))];
    this.#sum.replaceChildren(...count.filter(Boolean), total?.exact === 1 ? ' record' : ' records', this.#state.around ? ' of the whole log, around one' : '', h('span', { class: 'wide' }, order, this.#elapsed ? `, ${this.#elapsed} ms` : ''));
    if (this.#state.around) this.#sum.append(' ', button('Back to the search', () => this.go({ around: '', r: '' }), { class: 'small' }));
  }

  // ---- What goes wrong, and what is not there

  #searching(begun) {
    this.#results.classList.add('dimmed');
    this.#sum.replaceChildren(`Searching, ${((performance.now() - begun) / 1000).toFixed(1)} s. `, button('Stop', () => {
      this.#search.stop();
      this.#results.classList.remove('dimmed');
      this.#tellSum();
    }, { class: 'small' }));
  }
  #failed(error, again) {
    if (error instanceof Offline) {
      this.#notes.connected(false, again);
    } else {
      this.#notes.say('error', [h('b', {}, 'The search failed. '), error.message, '. The rows below are those of the search before.'], button('Search again', again, { class: 'small' }));
      this.#tellSum();
    }
  }
  // ---- Moving about

  #seen(first, last) {
    if (!first) return;
    this.histogram.cover(first.time, last.time);
    const { from, to } = this.histogram.range;
    // The histogram of no range slides along.
    if (!safeBounds(this.#asked().t).from && from && (first.time > to || first.time < from)) this.histogram.load({ q: this.#asked().q, ...histogramRange('', Math.max(first.time, last.time)) });
    this.#heading(first.time);
    if (this.#unseen.count && this.rows.atTop) this.toNewest();
    const at = this.rows.atTop && this.rows.endsAtNewest ? '' : String(first.id);
    if (at !== this.#state.at && !this.#state.around) this.#keepPlace({ ...this.#state, at });
  }
  #keepPlace = debounced(400, (state) => {
    if (state.q !== this.#state.q || state.t !== this.#state.t) return;
    this.#state.at = state.at;
    replaceAddress(this.#state);
  });
  #heading(time) {
    const small = this.#results.querySelector('.heading .date small');
    if (small) small.textContent = dayText(time);
  }

  async goToTime(time) {
    const { q } = this.#asked();
    const answer = await ask('records', { q, t: rangeOf(null, time), limit: 1, fields: 'id', budget_ms: BUDGET }).catch(() => ({ records: [] }));
    if (answer.records.length === 0) return say('Nothing before that');
    this.go({ at: String(answer.records[0].id), around: '' });
  }
  zoomOut() {
    const { from, to } = safeBounds(this.#state.t), end = to ?? Date.now();
    if (from == null) return say('That is any time');
    const size = Math.max(end - from, MINUTE);
    this.go({ t: to == null ? '' : rangeOf(from - size, to + size), at: '' });
  }
  toNewest() {
    this.#unseen = { count: 0, errors: 0 };
    this.#tellUnseen();
    if (this.rows.endsAtNewest && !this.#missed) return this.rows.goTo(this.rows.rowsAll()[0]?.id, { block: 'center' }) && this.#results.scrollTo(0, 0);
    this.#missed = false;
    Object.assign(this.#state, { at: '', around: '', o: 'desc' });
    replaceAddress(this.#state);
    this.#run();
  }
  toOldest() {
    if (this.rows.complete) return this.rows.goTo(this.rows.rowsAll().at(-1)?.id);
    this.go({ o: 'asc', at: '', around: '' });
  }
  #missed = false; // records came that are not among the rows

  // The next or previous one that `wanted` and `term` say, beyond what is loaded, too.
  async jump(by, wanted, term, name) {
    const loaded = this.rows.nextLoaded(by, wanted);
    if (loaded) return this.#arrive(loaded.id);
    const edge = this.rows.edge(by);
    if (edge == null) return say(`No ${name} ${by > 0 ? 'below' : 'above'}`);
    const older = (this.rows.order === 'desc') === (by > 0), { q, t } = this.#asked();
    try {
      const { records, complete } = await ask('records', { q: q ? `(${q}) ${term}` : term, t, [older ? 'before' : 'after']: edge, limit: 1, fields: 'id', budget_ms: BUDGET });
      if (records.length === 0) return say(complete ? `No ${name} ${by > 0 ? 'below' : 'above'}` : `No ${name} within ${BUDGET / 1000} s; once more searches on`);
      Object.assign(this.#state, { at: String(records[0].id) });
      pushAddress(this.#state);
      await this.#run();
      this.#arrive(records[0].id);
    } catch (error) {
      if (!wasAborted(error)) this.#failed(error, () => this.jump(by, wanted, term, name));
    }
  }
  #arrive(id) {
    this.rows.goTo(id);
    if (this.panel.id) this.open(id);
  }
  error = (by) => this.jump(by, (row) => row.level >= 40, 'level>=error', 'error');
  warning = (by) => this.jump(by, (row) => bandOf(row.level) === 'warning', 'level:warning..39', 'warning');

  async walk(by) {
    const row = await this.rows.move(by);
    if (row && this.panel.id && row.id !== this.panel.id) this.open(row.id);
  }

  // ---- The record

  open(id, { focus = true } = {}) {
    this.#body.classList.add('with-detail');
    this.rows.light(id);
    this.panel.open(id, this.#finder);
    this.#state.r = String(id);
    replaceAddress(this.#state);
    if (focus) this.rows.goTo(id);
  }
  openCurrent() {
    return this.rows.current ? this.open(this.rows.current.id) : false;
  }
  // One that is not among the rows: the panel alone goes there.
  openAnywhere(id) {
    this.open(id, { focus: this.rows.rowBy(id) !== null });
  }
  close() {
    const id = this.panel.id, inside = this.panel.node.contains(document.activeElement);
    this.#body.classList.remove('with-detail');
    this.panel.close();
    this.rows.light(0);
    this.#state.r = '';
    replaceAddress(this.#state);
    if (inside || document.activeElement === document.body) this.rows.goTo(id);
  }
  around(id) {
    this.go({ around: String(id), r: String(id) });
  }
  aroundCurrent() {
    const id = this.panel.id || this.rows.current?.id;
    return id ? this.around(id) : false;
  }

  // Esc: what was opened last is closed first.
  leave() {
    if (!this.#body.classList.contains('with-filters')) {
      if (this.panel.id) return this.close();
      if (this.#state.around) return this.go({ around: '' });
      return false;
    }
    this.toggleFilters();
  }

  link(id) {
    const { from, to } = safeBounds(this.#state.t), at = String(this.rows.current?.id ?? '');
    copy(linkTo({ ...this.#state, live: '', at: this.#state.at || at, r: id ? String(id) : this.#state.r, t: this.#state.t && rangeOf(from, to ?? Date.now()) }));
    say('Link copied');
  }
  async copyCurrent(asJson) {
    const id = this.rows.current?.id;
    if (!id) return;
    if (this.panel.id !== id) {
      const { record } = await ask('record/' + id);
      await copy(asJson ? JSON.stringify(record) : [isoOf(Date.parse(record.received)), record.level_name, record.system, record.message, record.exception].filter(Boolean).join('  '));
    } else {
      await copy(asJson ? this.panel.json : this.panel.text);
    }
    say('Copied');
  }

  // ---- Live

  #liveButton;
  follow() {
    if (this.live.on) return this.#pause();
    Object.assign(this.#state, { live: '1', o: 'desc', around: '', at: '' });
    const { to } = safeBounds(this.#state.t);
    if (to != null) this.#state.t = '';
    replaceAddress(this.#state);
    this.#describe();
    this.#missed = !this.rows.endsAtNewest;
    this.live.start(this.#state.q, this.#newest);
    this.#tellLive();
    if (this.#missed) this.toNewest();
  }
  #pause() {
    this.live.stop();
    this.#state.live = '';
    this.#tellLive();
    replaceAddress(this.#state);
  }
  #tellLive() {
    const on = this.live.on;
    this.#liveButton.replaceChildren(icon(on ? 'pause' : 'play'), 'Live');
    this.#liveButton.classList.toggle('on', on);
    this.#liveButton.setAttribute('aria-pressed', String(on));
    this.#liveButton.title = on ? 'Pause (p)' : 'Follow new records (p)';
  }

  #came(all, shown) {
    const fresh = shown.filter((row) => row.id > this.#newest), errors = all.filter((row) => row.level >= 40).length;
    this.#newest = Math.max(this.#newest, ...all.map((row) => row.id));
    for (const row of all) {
      this.histogram.count(row);
      this.facets.count(row);
    }
    if (this.#total) this.#total.exact != null ? (this.#total.exact += all.length) : (this.#total.at_least += all.length);
    this.#tellSum();
    announce(`${plural(all.length, 'new record', 'new records')}, ${plural(errors, 'error', 'errors')}`);
    this.#results.querySelector('.empty')?.remove();
    if (fresh.length && this.rows.endsAtNewest && this.rows.atTop && getSelection().isCollapsed && !this.#unseen.count) {
      this.rows.prepend(fresh.reverse());
    } else if (all.length) {
      this.#missed = true;
      this.#unseen.count += all.length;
      this.#unseen.errors += errors;
    }
    this.#tellUnseen();
  }
  #tellUnseen() {
    const { count, errors } = this.#unseen, old = this.#results.querySelector('.newrow');
    if (!count) return old?.remove();
    const text = `${plural(count, 'new record', 'new records')} above${errors ? `, ${grouped(errors)} of them ${errors === 1 ? 'an error' : 'errors'}` : ''}`;
    if (old) old.firstChild.textContent = text;
    else this.#notes.node.after(h('button', { type: 'button', class: 'newrow', title: 'Jump to the newest (Home)', on: { click: () => this.toNewest() } }, text, h('kbd', {}, 'Home')));
  }
  #rate(rate) {
    if (rate) this.#notes.say('info', h('span', { class: 'rate' }, `${grouped(rate.shown)} of ${grouped(rate.came)} a second shown, all are kept.`));
    else if (this.#notes.node.querySelector('.rate')) this.#notes.clear();
  }

  // ---- Tools above the rows

  exportAddress(format) {
    const { q, t } = this.#asked();
    return '/api/v1/records?' + new URLSearchParams(Object.entries({ q, t, format }).filter(([, value]) => value));
  }
  toggleFilters() {
    const on = this.#body.classList.toggle('with-filters');
    document.querySelector('.filters-button').setAttribute('aria-expanded', String(on));
    if (on) this.facets.focus();
  }
  toFilters() {
    if (getComputedStyle(byId('facets')).display === 'none') this.toggleFilters();
    else this.facets.focus();
  }
  toggleWrap() {
    choose('wrap', choice('wrap') === '1' ? '0' : '1');
    this.retell();
  }
  nextDensity() {
    nextDensity();
    this.rows.redraw();
  }
  // Another zone, column, density or wrapping: the same rows in other words.
  retell() {
    applyTaste();
    this.rows.redraw();
  }
  get query() {
    return this.#state.q;
  }
  get range() {
    return this.#state.t;
  }
}

function emptyTable() {
  const head = ['date Date', 'lvl Level', 'sys System', 'app App', 'mod Module', 'msg Message', 'exc Exception', 'stk Stack info'].map((text) => {
    const [name, ...words] = text.split(' ');
    return h('th', { class: name, scope: 'col' }, words.join(' '), name === 'date' && [' ', h('small')]);
  });
  return h('table', { class: 'htable' }, h('thead', {}, h('tr', { class: 'heading' }, head)));
}
