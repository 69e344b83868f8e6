// What keys do with the row that somebody is at: its cells, bookmarks, and a line that says "from here".

import { h } from './dom.js';
import { choose } from './choices.js';
import { clockOf } from './times.js';
import { withNot, withOnly } from './query_edit.js';
import { nextLoaded } from './row_paths.js';
import { say } from './say.js';

export class RowHands {
  #view;
  #rows;
  #moving;

  constructor(view, moving) {
    this.#view = view;
    this.#rows = view.rows;
    this.#moving = moving;
  }

  cell(by) {
    const row = this.#rows.current && this.#rows.nodeOf(this.#rows.current.id);
    if (!row) return false;
    const cells = [...row.querySelectorAll('[role=gridcell]')].filter((node) => node.offsetWidth);
    const at = cells.indexOf(document.activeElement), to = cells[Math.min(Math.max(at + by, -1), cells.length - 1)];
    cells.forEach((node) => node.removeAttribute('tabindex'));
    if (!to) return row.focus();
    to.tabIndex = -1;
    to.focus();
  }
  filterCell(without) {
    const cell = document.activeElement.closest('[role=gridcell]'), row = this.#rows.current;
    if (!cell || !row) return false;
    const values = { sys: ['system', row.names[0] ?? 'None'], app: ['product', row.app[0]], mod: ['module', row.module || null], lvl: ['level', String(row.level)], exc: ['exception', row.exception] }[cell.className] ?? [];
    if (!values[1]) return say('This cell is no field to filter by');
    this.#view.edit((without ? withNot : withOnly)(this.#view.state.q, values[0], values[1]));
  }

  toggleBookmark() {
    const row = this.#rows.current;
    if (!row) return;
    const marks = this.#rows.bookmarks;
    marks.has(row.id) ? marks.delete(row.id) : marks.add(row.id);
    choose('marks', [...marks].slice(-500));
    this.#rows.nodeOf(row.id)?.classList.toggle('marked', marks.has(row.id));
    say(marks.has(row.id) ? 'Bookmarked' : 'Bookmark removed');
  }
  toBookmark(by) {
    const row = nextLoaded(this.#rows, by, ({ id }) => this.#rows.bookmarks.has(id));
    if (row) return this.#moving.arrive(row.id);
    const at = this.#rows.current?.id ?? 0, ids = [...this.#rows.bookmarks].sort((a, b) => a - b), older = (this.#rows.order === 'desc') === by > 0;
    const next = older ? ids.filter((id) => id < at).at(-1) : ids.find((id) => id > at);
    if (!next) return say('No bookmark there');
    this.#view.go({ at: String(next) });
  }
  drawLine() {
    const row = this.#rows.current, node = row && this.#rows.nodeOf(row.id);
    if (!node) return;
    node.before(h('tr', { class: 'line-here', role: 'row' }, h('td', { colspan: 8, role: 'gridcell' }, `from here, ${clockOf(Date.now())}`)));
  }
}
