// The list of records: any number of them, of which a few hundred are nodes and a few thousand are in memory.
//
// A chunk is what one request brought. Chunks near the view have nodes; two spacers stand for the others. The scrollbar spans what is loaded: far travel is the
// histogram, Home, End, the time and `e`.

import { h } from './dom.js';
import { dayNode, rowNode, rowOf } from './row.js';
import { dayOf } from './times.js';
import { ask, BUDGET, wasAborted } from './api.js';

const CHUNK = 100, MOST_CHUNKS = 20, IDLE = 150;
const UP = 'up', DOWN = 'down';

export class Rows {
  #box;
  #above = h('tbody', { class: 'spacer', role: 'presentation' });
  #below = h('tbody', { class: 'spacer', role: 'presentation' });
  #table;
  #chunks = [];
  #ends = {};
  #search = { q: '', t: '', o: 'desc' };
  #marked = { finder: null };
  #current = 0;
  #lit = 0;
  #known = 0; // rows above the first chunk, from the very first one; negative: not known
  #frame = 0;
  #idle = 0;
  #events;
  bookmarks = new Set();

  // events: view(first, last), open(id), problem(error, again), cut(direction, answer), loading(flag)
  constructor(box, table, events) {
    this.#box = box;
    this.#table = table;
    this.#events = events;
    for (const target of [box, window]) target.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(box);
    table.addEventListener('click', (event) => this.#clicked(event));
    table.addEventListener('focusin', (event) => this.#focused(event));
  }

  get order() {
    return this.#search.o;
  }
  get count() {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.rows.length, 0);
  }
  get current() {
    return this.rowBy(this.#current);
  }
  get complete() {
    return this.#ends[UP]?.done && this.#ends[DOWN]?.done;
  }
  get atTop() {
    return this.#view().top < 4;
  }
  get endsAtNewest() {
    return this.#ends[UP]?.done && this.#search.o === 'desc';
  }

  // ---- What is shown

  // Rows that are there in one piece; `more` says on which sides others follow.
  show(rows, search, { finder, up, down, known = 0 }) {
    this.#search = search;
    this.#marked = { finder };
    this.#chunks = rows.length ? [this.#chunk(rows)] : [];
    this.#ends = { [UP]: { done: !up, edge: rows[0]?.id }, [DOWN]: { done: !down, edge: rows.at(-1)?.id } };
    this.#known = known;
    this.#current = rows[0]?.id ?? 0;
    this.#table.querySelectorAll('tbody').forEach((body) => body.remove());
    this.#table.append(this.#above, this.#below);
    this.#scroller().scrollTop = 0;
    this.#place();
    this.#tellView();
  }

  rowCount(count) {
    this.#table.setAttribute('aria-rowcount', count == null ? -1 : count + 1);
  }

  // Newer ones than all others, the newest first. Whoever looks at the top sees them, and nobody else's rows move.
  prepend(rows) {
    const top = this.#chunks[0], stay = !this.atTop, before = this.#table.offsetHeight;
    if (top && top.rows.length + rows.length <= CHUNK) {
      top.rows.unshift(...rows);
      this.#redraw(top);
    } else {
      this.#chunks.unshift(this.#chunk(rows));
      if (top) this.#redraw(top);
    }
    if (!this.#current) this.#current = rows[0].id;
    this.#ends[UP].edge = rows[0].id;
    if (this.#chunks.length > MOST_CHUNKS) this.#dropBelow();
    this.#place();
    if (stay) this.#scroller().scrollTop += this.#table.offsetHeight - before;
    this.#tellView();
  }

  // All nodes anew: another density, zone or column.
  redraw() {
    for (const chunk of this.#chunks) this.#detach(chunk, this.#estimate(chunk.rows.length));
    this.#place();
  }

  // ---- Where somebody is

  rowBy(id) {
    for (const { rows } of this.#chunks) {
      const row = rows.find((each) => each.id === id);
      if (row) return row;
    }
    return null;
  }
  rowsAll() {
    return this.#chunks.flatMap((chunk) => chunk.rows);
  }
  nodeOf(id) {
    return this.#table.querySelector(`tr[data-id="${id}"]`);
  }

  light(id) {
    this.nodeOf(this.#lit)?.setAttribute('aria-selected', 'false');
    this.#lit = id;
    this.nodeOf(id)?.setAttribute('aria-selected', 'true');
  }

  // Makes it the current row, in sight; with the focus unless told otherwise.
  goTo(id, { focus = true, block = 'nearest' } = {}) {
    const at = this.#chunks.findIndex((chunk) => chunk.rows.some((row) => row.id === id));
    if (at < 0) return false;
    if (!this.#chunks[at].node) {
      const scroller = this.#scroller();
      scroller.scrollTop += this.#offset(at) - this.#view().top;
      this.#place();
    }
    const node = this.nodeOf(id);
    node.scrollIntoView({ block });
    this.#setCurrent(id);
    if (focus) node.focus({ preventScroll: true });
    this.#scrolled();
    return true;
  }

  // The row that many further on, as far as there are any; loads what is not there yet.
  async move(by) {
    const find = () => {
      const all = this.rowsAll(), at = all.findIndex((row) => row.id === this.#current);
      return all[at < 0 ? 0 : at + by];
    };
    let row = find();
    if (!row) {
      await this.#load(by > 0 ? DOWN : UP);
      row = find() ?? this.rowsAll().at(by > 0 ? -1 : 0);
    }
    if (row) this.goTo(row.id);
    return row;
  }

  // Among what is loaded, the next row in that direction that `wanted` takes.
  nextLoaded(by, wanted) {
    const all = this.rowsAll(), at = all.findIndex((row) => row.id === this.#current);
    for (let i = at + by; i >= 0 && i < all.length; i += by) if (wanted(all[i])) return all[i];
    return null;
  }
  // Where a search for one beyond what is loaded begins; null: all is loaded on that side.
  edge(by) {
    const end = this.#ends[by > 0 ? DOWN : UP];
    return end.done ? null : end.edge;
  }

  // ---- Chunks

  #chunk(rows) {
    return { rows, node: null, height: this.#estimate(rows.length) };
  }
  #estimate(count) {
    return count * (this.#mean() || 24);
  }
  // The height of a row as it is now; it is asked for only where it cannot be measured.
  #mean() {
    const chunk = this.#chunks.find((each) => each.node);
    return chunk ? chunk.node.offsetHeight / chunk.rows.length : parseFloat(getComputedStyle(this.#table).getPropertyValue('--row'));
  }

  #bodyOf(chunk) {
    const at = this.#chunks.indexOf(chunk), body = h('tbody', { role: 'rowgroup' });
    let day = at > 0 ? dayOf(this.#chunks[at - 1].rows.at(-1).time) : dayOf(chunk.rows[0].time);
    let index = this.#known < 0 ? -1 : this.#chunks.slice(0, at).reduce((sum, each) => sum + each.rows.length, this.#known + 2);
    for (const row of chunk.rows) {
      if (dayOf(row.time) !== day) body.append(dayNode(row.time));
      day = dayOf(row.time);
      const node = rowNode(row, { finder: this.#marked.finder, marked: this.bookmarks.has(row.id) });
      if (index >= 0) node.setAttribute('aria-rowindex', index++);
      if (row.id === this.#lit) node.setAttribute('aria-selected', 'true');
      if (row.id === this.#current) node.tabIndex = 0;
      body.append(node);
    }
    return body;
  }

  #attach(chunk, before) {
    chunk.node = this.#bodyOf(chunk);
    before.before(chunk.node);
    chunk.height = chunk.node.offsetHeight;
  }
  #detach(chunk, height) {
    if (!chunk.node) return;
    chunk.height = height ?? chunk.node.offsetHeight;
    chunk.node.remove();
    chunk.node = null;
  }
  #redraw(chunk) {
    if (!chunk.node) return;
    const focused = chunk.node.contains(document.activeElement), node = this.#bodyOf(chunk);
    chunk.node.replaceWith(node);
    chunk.node = node;
    chunk.height = node.offsetHeight;
    if (focused) this.nodeOf(this.#current)?.focus({ preventScroll: true });
  }

  // ---- The view

  #scroller() {
    return getComputedStyle(this.#box).overflowY === 'auto' ? this.#box : document.scrollingElement;
  }
  // What is seen, from the top of the first row.
  #view() {
    const own = this.#scroller() === this.#box, head = this.#table.tHead?.offsetHeight ?? 0;
    const top = own ? this.#box.scrollTop : -this.#table.getBoundingClientRect().top - head;
    return { top, height: (own ? this.#box.clientHeight : innerHeight) - head };
  }
  #offset(at) {
    return this.#chunks.slice(0, at).reduce((sum, chunk) => sum + (chunk.node?.offsetHeight ?? chunk.height), 0);
  }

  // Gives nodes to the chunks within one screen of the view, and takes them from the others.
  #place() {
    const { top, height } = this.#view();
    let offset = 0, above = 0, below = 0, shift = 0, seen = false;
    const wanted = this.#chunks.map((chunk) => {
      const size = chunk.node?.offsetHeight ?? chunk.height, near = offset + size > top - height && offset < top + 2 * height;
      offset += size;
      return near;
    });
    // Out of view altogether, after a change of heights: the nearest end.
    if (!wanted.includes(true) && wanted.length) wanted[top > 0 ? wanted.length - 1 : 0] = true;
    this.#chunks.forEach((chunk, i) => !wanted[i] && this.#detach(chunk));
    offset = 0;
    for (const [i, chunk] of this.#chunks.entries()) {
      if (wanted[i] && !chunk.node) {
        const guessed = chunk.height;
        this.#attach(chunk, this.#chunks.slice(i + 1).find((each) => each.node)?.node ?? this.#below);
        if (offset + guessed <= top) shift += chunk.height - guessed;
      }
      offset += chunk.height;
      seen ||= wanted[i];
      if (!wanted[i]) seen ? (below += chunk.height) : (above += chunk.height);
    }
    this.#above.style.setProperty('height', above + 'px');
    this.#below.style.setProperty('height', below + 'px');
    if (shift) this.#scroller().scrollTop += shift;
  }

  #scrolled() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#place();
      const { top, height } = this.#view(), whole = this.#offset(this.#chunks.length);
      if (top + 2.5 * height > whole) this.#load(DOWN);
      if (top < 1.5 * height) this.#load(UP);
    });
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#trim();
      this.#tellView();
    }, IDLE);
  }
  #resized() {
    for (const chunk of this.#chunks) if (!chunk.node) chunk.height = this.#estimate(chunk.rows.length);
    this.#scrolled();
  }

  #tellView() {
    const { top, height } = this.#view(), all = [];
    for (const chunk of this.#chunks) {
      if (!chunk.node) continue;
      const first = chunk.node.offsetTop - (this.#table.tHead?.offsetHeight ?? 0) - this.#table.offsetTop;
      if (first > top + height || first + chunk.node.offsetHeight < top) continue;
      for (const node of chunk.node.querySelectorAll('tr[data-id]')) {
        const y = node.offsetTop - (this.#table.tHead?.offsetHeight ?? 0) - this.#table.offsetTop;
        if (y + node.offsetHeight > top && y < top + height) all.push(Number(node.dataset.id));
      }
    }
    if (all.length) this.#events.view(this.rowBy(all[0]), this.rowBy(all.at(-1)));
  }

  // ---- More of them

  async #load(direction) {
    const end = this.#ends[direction], search = this.#search;
    if (!end || end.done || end.loading || end.cut || end.failed) return;
    end.loading = true;
    const older = (search.o === 'desc') === (direction === DOWN);
    try {
      const answer = await ask('records', { q: search.q, t: search.t, limit: CHUNK, budget_ms: BUDGET, [older ? 'before' : 'after']: end.edge });
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
    const end = this.#ends[direction];
    end.cut = end.failed = false;
    return this.#load(direction);
  }
  // Before anything was found, a search may have been cut off already.
  cutAt(id) {
    Object.assign(this.#ends[DOWN], { edge: id, cut: true, done: false });
  }

  #add(direction, rows) {
    if (rows.length === 0) return;
    const end = this.#ends[direction];
    end.edge = rows.at(-1).id;
    if (direction === DOWN) {
      this.#chunks.push(this.#chunk(rows));
      return this.#place();
    }
    rows.reverse();
    const first = this.#chunks[0], chunk = this.#chunk(rows);
    this.#chunks.unshift(chunk);
    this.#known = this.#known < 0 ? -1 : this.#known - rows.length;
    // What is in view stays where it is.
    this.#attach(chunk, first?.node ?? this.#below);
    if (first) this.#redraw(first);
    this.#scroller().scrollTop += chunk.height;
    this.#place();
  }

  #trim() {
    while (this.#chunks.length > MOST_CHUNKS) {
      const { top, height } = this.#view();
      if (top > this.#offset(this.#chunks.length) - top - height) this.#dropAbove();
      else this.#dropBelow();
    }
    this.#place();
  }
  #dropAbove() {
    const [chunk] = this.#chunks, height = chunk.node?.offsetHeight ?? chunk.height, scroller = this.#scroller();
    const top = scroller.scrollTop;
    this.#detach(chunk);
    this.#chunks.shift();
    if (this.#known >= 0) this.#known += chunk.rows.length;
    Object.assign(this.#ends[UP], { done: false, edge: this.#chunks[0].rows[0].id });
    this.#above.style.setProperty('height', Math.max(0, parseFloat(this.#above.style.height) - height) + 'px');
    scroller.scrollTop = top - height;
  }
  #dropBelow() {
    this.#detach(this.#chunks.pop());
    Object.assign(this.#ends[DOWN], { done: false, cut: false, edge: this.#chunks.at(-1).rows.at(-1).id });
  }

  // ---- Hands

  #setCurrent(id) {
    const old = this.nodeOf(this.#current);
    if (old) old.tabIndex = -1;
    this.#current = id;
    const node = this.nodeOf(id);
    if (node) node.tabIndex = 0;
  }
  #focused({ target }) {
    const row = target.closest?.('tr[data-id]');
    if (row) this.#setCurrent(Number(row.dataset.id));
  }
  // Who selects text does not want to open anything.
  #clicked(event) {
    const row = event.target.closest('tr[data-id]');
    if (!row || !getSelection().isCollapsed || event.target.closest('button, a')) return;
    this.#setCurrent(Number(row.dataset.id));
    this.#events.open(this.#current);
  }
}
