// Chunks of rows below each other. Those within one screen of the view have nodes; two spacers stand for the others.

import { h } from './dom.js';

export class Chunks {
  all = []; // {rows, node, height}
  #box;
  #table;
  #bodyOf;
  #above = h('tbody', { class: 'spacer', role: 'presentation' });
  #below = h('tbody', { class: 'spacer', role: 'presentation' });

  // `bodyOf(chunk)` makes the nodes of one.
  constructor(box, table, bodyOf) {
    this.#box = box;
    this.#table = table;
    this.#bodyOf = bodyOf;
  }

  begin(rows) {
    this.all = rows.length ? [this.chunk(rows)] : [];
    this.#table.querySelectorAll('tbody').forEach((body) => body.remove());
    this.#table.append(this.#above, this.#below);
    this.scroller.scrollTop = 0;
    this.place();
  }
  chunk(rows) {
    return { rows, node: null, height: this.#estimate(rows.length) };
  }

  get scroller() {
    return getComputedStyle(this.#box).overflowY === 'auto' ? this.#box : document.scrollingElement;
  }
  // What is seen, from the top of the first row.
  get view() {
    const own = this.scroller === this.#box, head = this.#table.tHead.offsetHeight;
    const top = own ? this.#box.scrollTop : -this.#table.getBoundingClientRect().top - head;
    return { top, height: (own ? this.#box.clientHeight : innerHeight) - head };
  }
  offset(at) {
    return this.all.slice(0, at).reduce((sum, chunk) => sum + heightOf(chunk), 0);
  }

  // The height of rows that have no nodes: as those that have some.
  #estimate(count) {
    const known = this.all.find(({ node }) => node);
    return count * (known ? heightOf(known) / known.rows.length : parseFloat(getComputedStyle(this.#table).getPropertyValue('--row')));
  }
  // The rows have other heights now.
  resized() {
    for (const chunk of this.all) if (!chunk.node) chunk.height = this.#estimate(chunk.rows.length);
  }
  redrawAll() {
    for (const chunk of this.all) this.#detach(chunk);
    this.resized();
    this.place();
  }

  // Gives nodes to the chunks that are near the view, and takes them from the others.
  place() {
    const { top, height } = this.view;
    let offset = 0, shift = 0;
    const near = this.all.map((chunk) => {
      const begin = offset;
      offset += heightOf(chunk);
      return offset > top - height && begin < top + 2 * height;
    });
    // Out of view altogether, after a change of heights: the nearest end.
    if (near.length && !near.includes(true)) near[top > 0 ? near.length - 1 : 0] = true;
    this.all.forEach((chunk, i) => near[i] || this.#detach(chunk));
    offset = 0;
    this.all.forEach((chunk, i) => {
      if (near[i] && !chunk.node) {
        const guessed = chunk.height;
        this.attach(chunk, i);
        if (offset + guessed <= top) shift += chunk.height - guessed;
      }
      offset += chunk.height;
    });
    const first = near.indexOf(true), sum = (chunks) => chunks.reduce((total, chunk) => total + (chunk.node ? 0 : chunk.height), 0) + 'px';
    this.#above.style.setProperty('height', sum(this.all.slice(0, Math.max(first, 0))));
    this.#below.style.setProperty('height', sum(this.all.slice(Math.max(first, 0))));
    if (shift) this.scroller.scrollTop += shift;
  }

  attach(chunk, at) {
    const next = this.all.slice(at + 1).find(({ node }) => node)?.node ?? this.#below;
    chunk.node = this.#bodyOf(chunk);
    next.before(chunk.node);
    chunk.height = heightOf(chunk);
  }
  #detach(chunk) {
    if (!chunk.node) return;
    chunk.height = heightOf(chunk);
    chunk.node.remove();
    chunk.node = null;
  }
  redraw(chunk) {
    if (!chunk?.node) return;
    const node = this.#bodyOf(chunk);
    chunk.node.replaceWith(node);
    chunk.node = node;
    chunk.height = heightOf(chunk);
  }

  dropAbove() {
    const [chunk] = this.all, height = heightOf(chunk), { scroller } = this, top = scroller.scrollTop;
    this.#detach(chunk);
    this.all.shift();
    this.#above.style.setProperty('height', Math.max(0, this.#above.offsetHeight - height) + 'px');
    scroller.scrollTop = top - height;
    return chunk;
  }
  dropBelow() {
    this.#detach(this.all.pop());
  }

  // The ids of the rows that are in sight.
  get seen() {
    const { top, height } = this.view, start = this.#table.getBoundingClientRect().top + this.#table.tHead.offsetHeight, ids = [];
    const inSight = (node) => {
      const box = node.getBoundingClientRect();
      return box.bottom - start > top && box.top - start < top + height;
    };
    for (const { node } of this.all) if (node && inSight(node)) for (const row of node.querySelectorAll('tr[data-id]')) if (inSight(row)) ids.push(Number(row.dataset.id));
    return ids;
  }
}

const heightOf = ({ node, height }) => node?.offsetHeight ?? height;
