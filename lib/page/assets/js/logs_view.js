// The view of records: search, time, histogram, facets, rows and the record beside them, held together by the address.

import { button, byId, copy, debounced, grouped, h, icon, iconButton, levelMark, openDialog, plural } from './dom.js';
import { ApiError, ask, BUDGET, Latest, Offline, wasAborted } from './api.js';
import { linkTo, pushAddress, readAddress, replaceAddress } from './address.js';
import { bandOf } from './levels.js';
import { finderOf } from './texts.js';
import { dayText, isoOf, MINUTE, rangeOf, clockOf, shortTime } from './times.js';
import { termsOf, withNot, withOnly, withoutTerm, wordsOf } from './query_text.js';
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
import { savedSearches } from './saved.js';

const FIRST = 100, DIM = 150, RETRY = 10_000;

export class LogsView {
  #state = readAddress();
  #body = h('main', { class: 'body' });
  #results;
  #note = h('div', { class: 'notes' });
  #sum = h('p', { class: 'sum' });
  #tools;
  #search = new Latest();
  #total = null; // {exact} or {at_least}
  #elapsed = 0;
  #offline = 0;
  #newest = 0; // the newest record that was there when the search began
  #unseen = { count: 0, errors: 0 };
  #finder = null;
  box;
  time;
  rows;
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

    this.box = new SearchBox(form, { search: (q) => this.go({ q, around: '', at: '', r: '' }), range: () => this.#state.t });
    this.time = new TimeField(form.querySelector('.when'), { change: (t) => this.go({ t, around: '', at: '' }), retold: () => this.retell() });
    this.live = new Live({ rows: (all, shown) => this.#came(all, shown), rate: (rate) => this.#rate(rate), connection: (there) => this.#connected(there) });
    this.#liveButton = button('Live', () => this.follow(), { class: 'live', 'aria-pressed': 'false', title: 'Follow new records (p)' }, 'play');
    form.append(this.#liveButton);
    const ruler = h('section', { class: 'ruler', 'aria-label': 'Records over time' });
    this.histogram = new Histogram(ruler, { zoom: (t) => this.go({ t, around: '', at: '' }), goTo: (time) => this.goToTime(time), out: () => this.zoomOut() });
    const aside = h('aside', { class: 'facets', id: 'facets', 'aria-label': 'Filters' });
    this.facets = new Facets(aside, (q) => this.edit(q));
    this.panel = new RecordPanel({ close: () => this.close(), move: (by) => this.walk(by), edit: (q) => this.edit(q), open: (id) => this.openAnywhere(id), here: (id) => this.around(id), link: (id) => this.link(id), query: () => this.#state.q, range: () => this.#state.t });
    this.rows = new Rows(this.#results, table, { view: (first, last) => this.#seen(first, last), open: (id) => this.open(id), problem: (error, again) => this.#failed(error, again), cut: (direction, answer) => this.#cut(answer, () => this.rows.goOn(direction)) });
    this.rows.bookmarks = new Set(choice('marks'));

    this.#results.replaceChildren(this.#note, table);
    this.#results.removeAttribute('role');
    this.#results.removeAttribute('tabindex');
    main.querySelector('.bar')?.remove();
    const bar = h('div', { class: 'bar' }, this.#sum, this.#toolbar());
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
      this.#clearNotes();
      this.box.showError(null);
      const rows = answer.records.map(rowOf);
      this.#shown(rows, { up: from > 0, down: answer.next != null });
      if (!answer.complete) {
        this.rows.cutAt(answer.searched_to);
        this.#cut(answer, () => (rows.length ? this.rows.goOn() : this.#searchOn(answer)));
      }
      if (around) this.#goAround(Number(around));
      if (rows.length === 0 && answer.complete) this.#empty(asked, signal);
      this.#countAll();
    } catch (error) {
      if (wasAborted(error)) return;
      if (error instanceof ApiError && error.fault) {
        this.box.showError(error.fault);
        if (this.rows.count === 0) this.#message('Nothing was searched', error.message);
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
      this.#clearNotes();
      const rows = more.records.map(rowOf);
      if (rows.length) this.#shown(rows, { up: false, down: more.next != null });
      if (!more.complete) this.#cut(more, () => this.#searchOn(more));
      else if (!rows.length) this.#empty(this.#asked(), signal);
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

  #clearNotes() {
    clearTimeout(this.#offline);
    this.#note.replaceChildren();
  }
  #say(mark, parts, ...acts) {
    this.#note.replaceChildren(h('div', { class: 'note', role: 'status' }, levelMark(mark), h('span', {}, parts), acts));
  }
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
      this.#connected(false, again);
    } else {
      this.#say('error', [h('b', {}, 'The search failed. '), error.message, '. The rows below are those of the search before.'], button('Search again', again, { class: 'small' }));
      this.#tellSum();
    }
  }
  #connected(there, again = () => this.#run()) {
    clearTimeout(this.#offline);
    if (there) return this.#note.querySelector('.offline') && this.#clearNotes();
    this.#say('error', h('span', { class: 'offline' }, h('b', {}, `No connection since ${clockOf(Date.now())}. `), 'The rows below stay as they were; nothing is lost.'), button('Try now', again, { class: 'small' }));
    if (!this.live.on) this.#offline = setTimeout(again, RETRY);
  }
  async #cut(answer, on) {
    let reached = '';
    try {
      const { records } = await ask('records', { before: answer.searched_to + 1, limit: 1, fields: 'received' });
      reached = records.length ? ' back to ' + shortTime(Date.parse(records[0].received)) : '';
    } catch {
      reached = '';
    }
    this.#say('warning', [h('b', {}, `Cut off after ${BUDGET / 1000} s. `), `Searched${reached}, complete down to there.`], button('Search on', () => {
      this.#clearNotes();
      on();
    }, { class: 'small' }));
  }
  #message(title, text, ...more) {
    this.#results.querySelector('.empty')?.remove();
    this.#results.append(h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), ...more));
  }
  // Each filter that is to blame, with what the search finds without it.
  async #empty({ q, t }, signal) {
    const list = h('ul');
    this.#message(t ? 'No record matches in this time' : 'No record matches', `All of it was searched in ${this.#elapsed} ms.`, list, h('p', { class: 'acts' }, button('All records', () => this.edit('') ?? this.go({ t: '' }), { class: 'small' })));
    const ways = termsOf(q).map((term) => ({ text: `Without ${term}`, q: withoutTerm(q, term), t }));
    if (t) ways.unshift({ text: 'Any time', q, t: '' });
    for (const way of ways.slice(0, 8)) {
      const count = h('span', { class: 'dim' }, '…');
      list.append(h('li', {}, button(way.text, () => {
        this.box.text = way.q;
        this.go({ q: way.q, t: way.t });
      }, { class: 'small' }), count));
      ask('count', { q: way.q, t: way.t, budget_ms: BUDGET }, signal).then(({ total }) => (count.textContent = `finds ${total.exact == null ? 'at least ' : ''}${grouped(total.exact ?? total.at_least)}`), () => (count.textContent = ''));
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
    else this.#note.after(h('button', { type: 'button', class: 'newrow', title: 'Jump to the newest (Home)', on: { click: () => this.toNewest() } }, text, h('kbd', {}, 'Home')));
  }
  #rate(rate) {
    if (rate) this.#say('info', h('span', { class: 'rate' }, `${grouped(rate.shown)} of ${grouped(rate.came)} a second shown, all are kept.`));
    else if (this.#note.querySelector('.rate')) this.#clearNotes();
  }

  // ---- Tools above the rows

  #toolbar() {
    const toggle = (text, name, action) => button(text, action, { class: 'small ' + name });
    return h('div', { class: 'tools' }, button('Filters', () => this.toggleFilters(), { class: 'small only-mid filters-button', 'aria-controls': 'facets' }, 'filter'),
      h('span', { class: 'group wide' }, toggle('Wrap', 'wrap-button', () => this.toggleWrap()), toggle('Columns', 'columns-button', () => this.#openColumns()), toggle('Dense', 'dense-button', () => this.nextDensity())),
      h('span', { class: 'group wide' }, h('a', { class: 'btn small', id: 'export', href: this.exportAddress('ndjson'), title: 'All that the search finds, as NDJSON' }, 'Export'), button('CSV', () => location.assign(this.exportAddress('csv')), { class: 'small', title: 'The same for a spreadsheet; cells that begin like a formula get an apostrophe in front' })),
      button('Link', () => this.link(0), { class: 'small wide', title: 'Copy a link to what you see' }),
      h('span', { class: 'errnav' }, iconButton('left', 'Previous error (E)', () => this.error(-1)), levelMark('error'), h('span', { class: 'dim wide' }, 'error'), iconButton('right', 'Next error (e)', () => this.error(1))));
  }
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
  #openColumns() {
    const names = { sys: 'System', app: 'App', mod: 'Module', exc: 'Exception', stk: 'Stack info' }, shown = () => choice('cols').split(',').filter(Boolean);
    const all = Object.keys(names), boxes = all.map((name) => h('label', {}, h('input', { type: 'checkbox', name, checked: choice('cols') === '' || shown().includes(name) }), ' ', names[name]));
    const dialog = h('dialog', { class: 'sheet small-sheet', 'aria-labelledby': 'cols_title' }, h('h2', { id: 'cols_title' }, 'Columns', iconButton('x', 'Close (Esc)', () => dialog.close())), h('p', { class: 'dim' }, 'Date, Level and Message are always there.'), h('div', { class: 'checks' }, boxes));
    dialog.addEventListener('change', () => {
      const on = [...dialog.querySelectorAll('input')].filter((input) => input.checked).map((input) => input.name);
      choose('cols', on.length === all.length ? '' : on.join(',') || 'none');
      this.retell();
    });
    openDialog(dialog);
  }

  // ---- Cells of the current row

  cell(by) {
    const row = this.rows.current && this.rows.nodeOf(this.rows.current.id);
    if (!row) return false;
    const cells = [...row.querySelectorAll('[role=gridcell]')].filter((node) => node.offsetWidth);
    const at = cells.indexOf(document.activeElement), to = cells[Math.min(Math.max(at + by, -1), cells.length - 1)];
    cells.forEach((node) => node.removeAttribute('tabindex'));
    if (!to) return row.focus();
    to.tabIndex = -1;
    to.focus();
  }
  filterCell(without) {
    const cell = document.activeElement.closest('[role=gridcell]'), row = this.rows.current;
    if (!cell || !row) return false;
    const values = { sys: ['system', row.names[0] ?? 'None'], app: ['product', row.app[0]], mod: ['module', row.module || null], lvl: ['level', String(row.level)], exc: ['exception', row.exception] }[cell.className] ?? [];
    if (!values[1]) return say('This cell is no field to filter by');
    this.edit((without ? withNot : withOnly)(this.#state.q, values[0], values[1]));
  }

  // ---- Bookmarks, and a line that says "from here"

  toggleBookmark() {
    const row = this.rows.current;
    if (!row) return;
    const marks = this.rows.bookmarks;
    marks.has(row.id) ? marks.delete(row.id) : marks.add(row.id);
    choose('marks', [...marks].slice(-500));
    this.rows.nodeOf(row.id)?.classList.toggle('marked', marks.has(row.id));
    say(marks.has(row.id) ? 'Bookmarked' : 'Bookmark removed');
  }
  toBookmark(by) {
    const row = this.rows.nextLoaded(by, ({ id }) => this.rows.bookmarks.has(id));
    if (row) return this.#arrive(row.id);
    const at = this.rows.current?.id ?? 0, ids = [...this.rows.bookmarks].sort((a, b) => a - b), older = (this.rows.order === 'desc') === by > 0;
    const next = older ? ids.filter((id) => id < at).at(-1) : ids.find((id) => id > at);
    next ? this.go({ at: String(next) }) : say('No bookmark there');
  }
  drawLine() {
    const row = this.rows.current, node = row && this.rows.nodeOf(row.id);
    if (!node) return;
    node.before(h('tr', { class: 'line-here', role: 'row' }, h('td', { colspan: 8, role: 'gridcell' }, `from here, ${clockOf(Date.now())}`)));
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
