// What stands above the rows when something goes wrong or is not all there, and below the head when nothing was found.

import { button, h, levelMark, totalText } from './dom.js';
import { ApiError, ask, BUDGET, Offline, wasAborted } from './api.js';
import { clockOf, shortTime } from './times.js';
import { termsOf, withoutTerm } from './query_edit.js';
import { rowOf } from './row.js';

const RETRY = 10_000, MOST_WAYS = 8;

export class Notes {
  #view;
  #retry = 0;
  #since = 0; // without a connection

  constructor(view) {
    this.#view = view;
  }

  clear() {
    clearTimeout(this.#retry);
    this.#since = 0;
    this.#view.notes.replaceChildren();
  }
  say(mark, parts, ...acts) {
    this.#view.notes.replaceChildren(h('div', { class: 'note', role: 'status' }, levelMark(mark), h('span', {}, parts), acts));
  }

  // ---- What goes wrong

  refused(error) {
    const { box, rows } = this.#view;
    if (!(error instanceof ApiError && error.fault)) return this.failed(error, () => this.#view.run());
    box.showFault(error.fault);
    if (!rows.all.length) this.#message('Nothing was searched', error.message);
  }
  failed(error, again) {
    if (error instanceof Offline) return this.offline(again);
    this.say('error', [h('b', {}, 'The search failed. '), error.message, '. The rows below are those of the search before.'], button('Search again', again, { class: 'small' }));
    this.#view.tellSum();
  }
  // `again` is tried by itself, unless somebody else will notice that the connection is back.
  offline(again, noticed = false) {
    clearTimeout(this.#retry);
    this.#since ||= Date.now();
    this.say('error', h('span', { class: 'offline' }, h('b', {}, `No connection since ${clockOf(this.#since)}. `), 'The rows below stay as they were; nothing is lost.'), button('Try now', again, { class: 'small' }));
    if (!noticed) this.#retry = setTimeout(again, RETRY);
  }
  online() {
    if (this.#since) this.clear();
  }

  // ---- What is not there

  async cut({ searched_to: to }, on) {
    const { records } = await ask('records', { before: to + 1, limit: 1, fields: 'received' }).catch(() => ({ records: [] }));
    const reached = records.length ? ' back to ' + shortTime(Date.parse(records[0].received)) : '';
    this.say('warning', [h('b', {}, `Cut off after ${BUDGET / 1000} s. `), `Searched${reached}, complete down to there.`], button('Search on', () => {
      this.clear();
      on();
    }, { class: 'small' }));
  }
  // Where nothing was found so far.
  async searchOn({ next }) {
    const view = this.#view, signal = view.search.next();
    view.tellSearching(performance.now());
    try {
      const more = await ask('records', { ...view.asked, cursor: next, budget_ms: BUDGET }, signal), rows = more.records.map(rowOf);
      this.clear();
      if (rows.length) view.shown(rows, { up: false, down: more.next != null });
      view.tellSum();
      if (!more.complete) this.cut(more, () => this.searchOn(more));
      else if (!rows.length) this.noMatch(view.asked, signal);
    } catch (error) {
      if (!wasAborted(error)) this.failed(error, () => this.searchOn({ next }));
    } finally {
      view.results.classList.remove('dimmed');
    }
  }

  #message(title, text, ...more) {
    const { results } = this.#view;
    results.querySelector('.empty')?.remove();
    results.append(h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), more));
  }
  // Each filter that is to blame, with what the search finds without it.
  noMatch({ q, t }, signal) {
    const search = (way) => {
      this.#view.box.text = way.q;
      this.#view.go({ q: way.q, t: way.t, around: '', at: '' });
    };
    const ways = [...(t ? [{ text: 'Any time', q, t: '' }] : []), ...termsOf(q).map((term) => ({ text: `Without ${term}`, q: withoutTerm(q, term), t }))].slice(0, MOST_WAYS);
    const list = h('ul', {}, ways.map((way) => {
      const count = h('span', { class: 'dim' }, '…');
      ask('count', { q: way.q, t: way.t, budget_ms: BUDGET }, signal).then(({ total }) => (count.textContent = `finds ${totalText(total)}`), () => (count.textContent = ''));
      return h('li', {}, button(way.text, () => search(way), { class: 'small' }), count);
    }));
    this.#message(t ? 'No record matches in this time' : 'No record matches', `All of it was searched in ${this.#view.elapsed} ms.`, list, h('p', { class: 'acts' }, button('All records', () => search({ q: '', t: '' }), { class: 'small' })));
  }
}
