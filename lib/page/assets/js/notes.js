// What stands above the rows when something goes wrong or is not all there, and below the head when nothing was found.

import { button, grouped, h, levelMark } from './dom.js';
import { ask, BUDGET } from './api.js';
import { clockOf, shortTime } from './times.js';
import { termsOf, withoutTerm } from './query_text.js';

const RETRY = 10_000;

export class Notes {
  node = h('div', { class: 'notes' });
  #results;
  #events;
  #offline = 0;

  // events: run(), search({q, t}); live() says whether somebody else will notice that the connection is back.
  constructor(results, events) {
    this.#results = results;
    this.#events = events;
  }

  clear() {
    clearTimeout(this.#offline);
    this.node.replaceChildren();
  }
  say(mark, parts, ...acts) {
    this.node.replaceChildren(h('div', { class: 'note', role: 'status' }, levelMark(mark), h('span', {}, parts), acts));
  }
  connected(there, again = () => this.#events.run()) {
    clearTimeout(this.#offline);
    if (there) return this.node.querySelector('.offline') && this.clear();
    this.say('error', h('span', { class: 'offline' }, h('b', {}, `No connection since ${clockOf(Date.now())}. `), 'The rows below stay as they were; nothing is lost.'), button('Try now', again, { class: 'small' }));
    if (!this.#events.live()) this.#offline = setTimeout(again, RETRY);
  }
  async cut(answer, on) {
    let reached = '';
    try {
      const { records } = await ask('records', { before: answer.searched_to + 1, limit: 1, fields: 'received' });
      reached = records.length ? ' back to ' + shortTime(Date.parse(records[0].received)) : '';
    } catch {
      reached = '';
    }
    this.say('warning', [h('b', {}, `Cut off after ${BUDGET / 1000} s. `), `Searched${reached}, complete down to there.`], button('Search on', () => {
      this.clear();
      on();
    }, { class: 'small' }));
  }
  message(title, text, ...more) {
    this.#results.querySelector('.empty')?.remove();
    this.#results.append(h('div', { class: 'empty' }, h('h2', {}, title), h('p', {}, text), ...more));
  }
  // Each filter that is to blame, with what the search finds without it.
  noMatch({ q, t, elapsed }, signal) {
    const list = h('ul');
    this.message(t ? 'No record matches in this time' : 'No record matches', `All of it was searched in ${elapsed} ms.`, list, h('p', { class: 'acts' }, button('All records', () => this.#events.search({ q: '', t: '' }), { class: 'small' })));
    const ways = termsOf(q).map((term) => ({ text: `Without ${term}`, q: withoutTerm(q, term), t }));
    if (t) ways.unshift({ text: 'Any time', q, t: '' });
    for (const way of ways.slice(0, 8)) {
      const count = h('span', { class: 'dim' }, '…');
      list.append(h('li', {}, button(way.text, () => this.#events.search(way), { class: 'small' }), count));
      ask('count', { q: way.q, t: way.t, budget_ms: BUDGET }, signal).then(({ total }) => (count.textContent = `finds ${total.exact == null ? 'at least ' : ''}${grouped(total.exact ?? total.at_least)}`), () => (count.textContent = ''));
    }
  }
}
