// The list of records: any number of them, of which a few hundred are nodes and a few thousand are in memory.
//
// A chunk is what one request brought. The scrollbar spans what is loaded: far travel is the histogram, Home, End, the time and `e`.

import { h } from './dom.js';
import { dayNode, rowNode, rowOf } from './row.js';
import { dayOf } from './times.js';
import { ask, BUDGET, wasAborted } from './api.js';
import { Chunks } from './chunks.js';
import { choice } from './choices.js';

export const CHUNK = 100, MOST_CHUNKS = 20, UP = 'up', DOWN = 'down';
const IDLE = 150;

export class Rows {
  table;
  chunks;
  ends = { [UP]: {}, [DOWN]: {} }; // {done, edge, loading, cut, failed}
  #search = { q: '', t: '', o: 'desc' };
  #finder = null;
  #current = 0;
  #lit = 0;
  #known = 0; // rows above the first chunk, from the very first one; negative: not known
  #frame = 0;
  #idle = 0;
  #events;
  bookmarks = new Set(choice('marks'));

  // events: view(first, last), open(id), problem(error, again), cut(direction, answer)
  constructor(box, table, events) {
    this.table = table;
    this.#events = events;
    this.chunks = new Chunks(box, table, (chunk) => this.#bodyOf(chunk));
    for (const target of [box, window]) target.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.chunks.resized();
      this.#scrolled();
    }).observe(box);
    table.addEventListener('click', (event) => this.#clicked(event));
    table.addEventListener('focusin', ({ target }) => this.makeCurrent(idAt(target)));
  }

  get order() {
    return this.#search.o;
  }
  get all() {
    return this.chunks.all.flatMap(({ rows }) => rows);
  }
  get current() {
    return this.rowBy(this.#current);
  }
  get complete() {
    return this.ends[UP].done && this.ends[DOWN].done;
  }
  get atTop() {
    return this.chunks.view.top < 4;
  }
  get endsAtNewest() {
    return this.ends[UP].done && this.#search.o === 'desc';
  }

  // ---- What is shown

  // Rows that are there in one piece; `up` and `down` say on which sides others follow.
  show(rows, search, { finder, up, down }) {
    this.#search = search;
    this.#finder = finder;
    this.ends = { [UP]: { done: !up, edge: rows[0]?.id }, [DOWN]: { done: !down, edge: rows.at(-1)?.id } };
    this.#known = up ? -1 : 0;
    this.#current = rows[0]?.id ?? 0;
    this.chunks.begin(rows);
    this.tellView();
  }
  rowCount(count) {
    this.table.setAttribute('aria-rowcount', count == null ? -1 : count + 1);
  }

  // All nodes anew: another density, zone or column.
  redraw() {
    this.chunks.redrawAll();
  }
  redrawChunk(chunk) {
    const focused = chunk?.node?.contains(document.activeElement);
    this.chunks.redraw(chunk);
    if (focused) this.nodeOf(this.#current)?.focus({ preventScroll: true });
  }

  #bodyOf(chunk) {
    const { all } = this.chunks, at = all.indexOf(chunk), body = h('tbody', { role: 'rowgroup' });
    let day = dayOf((at > 0 ? all[at - 1].rows.at(-1) : chunk.rows[0]).time);
    for (const row of chunk.rows) {
      if (dayOf(row.time) !== day) body.append(dayNode(row.time));
      day = dayOf(row.time);
      body.append(this.nodeFor(row));
    }
    return body;
  }
  nodeFor(row) {
    const node = rowNode(row, this.#finder, this.bookmarks.has(row.id));
    if (row.id === this.#lit) node.setAttribute('aria-selected', 'true');
    if (row.id === this.#current) node.tabIndex = 0;
    return node;
  }
  // Each has its number in all that was found, where it is known how many are above.
  number() {
    let index = this.#known + 2;
    for (const { node, rows } of this.#known < 0 ? [] : this.chunks.all) {
      node?.querySelectorAll('[data-id]').forEach((row, i) => row.setAttribute('aria-rowindex', index + i));
      index += rows.length;
    }
  }

  // ---- Where somebody is

  rowBy(id) {
    return this.all.find((row) => row.id === id) ?? null;
  }
  nodeOf(id) {
    return this.table.querySelector(`tr[data-id="${id}"]`);
  }
  light(id) {
    this.nodeOf(this.#lit)?.removeAttribute('aria-selected');
    this.#lit = id;
    this.nodeOf(id)?.setAttribute('aria-selected', 'true');
  }

  // Makes it the current row, in sight, with the focus.
  goTo(id, block = 'nearest') {
    const chunks = this.chunks, at = chunks.all.findIndex(({ rows }) => rows.some((row) => row.id === id));
    if (at < 0) return false;
    if (!chunks.all[at].node) {
      chunks.scroller.scrollTop += chunks.offset(at) - chunks.view.top;
      chunks.place();
    }
    const node = this.nodeOf(id);
    node.scrollIntoView({ block });
    this.makeCurrent(id);
    node.focus({ preventScroll: true });
    this.#scrolled();
    return true;
  }
  makeCurrent(id) {
    if (!id) return;
    const old = this.nodeOf(this.#current), node = this.nodeOf(id);
    if (old) old.tabIndex = -1;
    if (node) node.tabIndex = 0;
    this.#current = id;
  }
  // Who selects text does not want to open anything.
  #clicked({ target }) {
    const id = idAt(target);
    if (!id || !getSelection().isCollapsed || target.closest('button, a')) return;
    this.makeCurrent(id);
    this.#events.open(id);
  }

  // ---- More of them

  #scrolled() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.chunks.place();
      const { top, height } = this.chunks.view;
      if (top + 2.5 * height > this.chunks.offset(this.chunks.all.length)) this.load(DOWN);
      if (top < 1.5 * height) this.load(UP);
    });
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#trim();
      this.tellView();
    }, IDLE);
  }
  tellView() {
    this.number();
    const ids = this.chunks.seen;
    if (ids.length) this.#events.view(this.rowBy(ids[0]), this.rowBy(ids.at(-1)));
  }

  async load(direction) {
    const end = this.ends[direction], search = this.#search, { q, t, o } = search;
    if (!end.edge || end.done || end.loading || end.cut || end.failed) return;
    end.loading = true;
    const older = (o === 'desc') === (direction === DOWN);
    try {
      const answer = await ask('records', { q, t, limit: CHUNK, budget_ms: BUDGET, [older ? 'before' : 'after']: end.edge });
      if (search !== this.#search) return;
      this.#add(direction, answer.records.map(rowOf));
      end.done = answer.next == null;
      if (!answer.complete) {
        end.edge = answer.searched_to;
        end.cut = true;
        this.#events.cut(direction, answer);
      }
    } catch (error) {
      if (wasAborted(error) || search !== this.#search) return;
      end.failed = true;
      this.#events.problem(error, () => this.goOn(direction));
    } finally {
      end.loading = false;
    }
  }
  // After a cut or a failure, because somebody said so.
  goOn(direction = DOWN) {
    const end = this.ends[direction];
    end.cut = end.failed = false;
    return this.load(direction);
  }
  // Before anything was found, a search may have been cut off already.
  cutAt(id) {
    Object.assign(this.ends[DOWN], { edge: id, cut: true, done: false });
  }

  #add(direction, rows) {
    if (rows.length === 0) return;
    const chunks = this.chunks, [first] = chunks.all, chunk = chunks.chunk(rows);
    this.ends[direction].edge = rows.at(-1).id;
    if (direction === DOWN) {
      chunks.all.push(chunk);
    } else {
      rows.reverse();
      chunks.all.unshift(chunk);
      this.#known = this.#known < 0 ? -1 : this.#known - rows.length;
      // What is in view stays where it is.
      chunks.attach(chunk, 0);
      this.redrawChunk(first);
      chunks.scroller.scrollTop += chunk.height;
    }
    chunks.place();
  }

  #trim() {
    const chunks = this.chunks;
    while (chunks.all.length > MOST_CHUNKS) {
      const { top, height } = chunks.view;
      if (top > chunks.offset(chunks.all.length) - top - height) this.#dropAbove();
      else this.dropBelow();
    }
    chunks.place();
  }
  #dropAbove() {
    const { rows } = this.chunks.dropAbove();
    if (this.#known >= 0) this.#known += rows.length;
    Object.assign(this.ends[UP], { done: false, edge: this.chunks.all[0].rows[0].id });
  }
  dropBelow() {
    this.chunks.dropBelow();
    Object.assign(this.ends[DOWN], { done: false, cut: false, edge: this.chunks.all.at(-1).rows.at(-1).id });
  }
}

const idAt = (node) => Number(node.closest('tr[data-id]')?.dataset.id ?? 0);
