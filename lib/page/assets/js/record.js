// The record that is open beside the rows: which one, and the ways from it.

import { ask } from './api.js';
import { replaceAddress } from './address.js';
import { boundsOf, rangeOf } from './ranges.js';
import { copy, linkTo } from './clipboard.js';
import { RecordPanel, textOf } from './record_panel.js';

export class Record {
  #view;
  #moving;
  #panel;

  constructor(view, moving) {
    this.#view = view;
    this.#moving = moving;
    this.#panel = new RecordPanel(view.detail, { close: () => this.close(), move: (by) => moving.walk(by), edit: (q) => view.edit(q), open: (id) => this.open(id, view.rows.rowBy(id) !== null), here: (id) => this.#around(id), link: (id) => this.link(id), query: () => view.state.q, range: () => view.state.t });
  }

  // The row gets the focus, unless it is told to stay where it is.
  open(id, focus = true) {
    const { body, rows, state, finder } = this.#view;
    body.classList.add('with-detail');
    rows.light(id);
    this.#panel.open(id, finder);
    state.r = String(id);
    replaceAddress(state);
    if (focus) rows.goTo(id);
  }
  // Somebody walks on while it is open.
  follow(id) {
    if (this.#panel.id && this.#panel.id !== id) this.open(id);
  }
  openCurrent() {
    const { current } = this.#view.rows;
    return current ? this.open(current.id) : false;
  }
  close() {
    const { id } = this.#panel, { body, rows, state, detail } = this.#view, inside = detail.contains(document.activeElement);
    if (!id) return;
    this.#panel.close();
    body.classList.remove('with-detail');
    rows.light(0);
    state.r = '';
    replaceAddress(state);
    if (inside || document.activeElement === document.body) rows.goTo(id);
  }

  #around(id) {
    const open = this.#panel.id;
    this.#view.go({ around: String(id), r: open ? String(id) : '' });
    if (open && open !== id) this.open(id, false);
  }
  aroundCurrent() {
    const id = this.#panel.id || this.#view.rows.current?.id;
    return id ? this.#around(id) : false;
  }
  nextMatch(by) {
    this.#panel.nextMatch(by);
  }

  // Esc: what was opened last is closed first.
  leave() {
    const { body, state } = this.#view;
    if (body.classList.contains('with-filters')) return this.#moving.toggleFilters();
    if (this.#panel.id) return this.close();
    return state.around ? void this.#view.go({ around: '' }) : false;
  }

  // To what is seen, with this record open; 0: with the one that is.
  link(id) {
    const { state, rows } = this.#view, { from, to } = boundsOf(state.t);
    copy(linkTo({ ...state, live: '', at: state.at || String(rows.current?.id ?? ''), r: id ? String(id) : state.r, t: state.t && rangeOf(from, to ?? Date.now()) }), 'Link copied');
  }
  async copyCurrent(asJson) {
    const id = this.#view.rows.current?.id;
    if (!id) return;
    const record = this.#panel.recordOf(id) ?? (await ask('record/' + id)).record;
    copy(asJson ? JSON.stringify(record) : textOf(record));
  }
}
