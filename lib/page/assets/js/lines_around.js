// What happened around a record: the lines of its process, its host or of all systems, by time, in one list.

import { button, choiceButtons, h, levelMark } from './dom.js';
import { ask, Latest, wasAborted } from './api.js';
import { bandOf, levelNumber } from './levels.js';
import { cut, putMarked, visible, withoutColours } from './texts.js';
import { choice, choose } from './choices.js';

const FEW = 3, MORE = 20, SCOPES = { process: 'Process', host: 'Host', all: 'All' };
const FIELDS_SHOWN = 'id,received,level,system,subsystem,message';

export class LinesAround {
  node;
  #id;
  #list = h('ul', { class: 'ctx', tabindex: -1 });
  #before = FEW;
  #after = FEW;
  #asking = new Latest();
  #finder;
  #events;

  // events: open(id), here(id)
  constructor(id, { finder, ...events }) {
    this.#id = id;
    this.#finder = finder;
    this.#events = events;
    this.node = h('section', {}, h('h3', {}, 'Lines around it', button('Open here', () => events.here(id), { class: 'small quiet', title: 'The whole log at this record (c)' }), choiceButtons(SCOPES, choice('scope'), (scope) => {
      choose('scope', scope);
      this.#load();
    })),
      button('Earlier', () => this.#more('before'), { class: 'small quiet' }), this.#list, button('Later', () => this.#more('after'), { class: 'small quiet' }));
    this.#load();
  }
  stop() {
    this.#asking.stop();
  }

  // The next line, or the one before, that has a word of the search.
  nextMatch(by) {
    const lines = [...this.#list.children], at = lines.findIndex((line) => line.contains(document.activeElement)), from = at < 0 ? lines.findIndex((line) => line.hasAttribute('aria-current')) : at;
    for (let i = from + by; i >= 0 && i < lines.length; i += by)
      if (lines[i].querySelector('mark')) return lines[i].querySelector('button').focus();
  }

  #more(side) {
    side === 'before' ? (this.#before += MORE) : (this.#after += MORE);
    this.#load();
  }

  async #load() {
    try {
      const { records } = await ask('around/' + this.#id, { before: this.#before, after: this.#after, scope: choice('scope'), fields: FIELDS_SHOWN }, this.#asking.next());
      const own = Date.parse(records.find((record) => record.id === this.#id).received);
      this.#list.replaceChildren(...records.map((record) => this.#line(record, own)));
    } catch (error) {
      if (!wasAborted(error)) this.#list.replaceChildren(h('li', { class: 'dim' }, error.message));
    }
  }

  #line(record, own) {
    const band = bandOf(levelNumber(record.level)), seconds = (Date.parse(record.received) - own) / 1000, message = h('button', { type: 'button', class: 'line-message', click: () => record.id !== this.#id && this.#events.open(record.id) });
    putMarked(message, cut(visible(withoutColours(record.message ?? '')), 300), this.#finder);
    return h('li', { class: band, 'aria-current': record.id === this.#id && 'true' }, h('span', { class: 'dt' }, record.id === this.#id ? '0' : difference(seconds)), levelMark(band),
      h('span', { class: 'dim who' }, [record.system, record.subsystem].filter(Boolean).map(visible).join(' ')), message);
  }
}

function difference(seconds) {
  const sign = seconds < 0 ? '−' : '+', size = Math.abs(seconds);
  return sign + (size < 100 ? size.toFixed(3) + ' s' : size < 6000 ? Math.round(size / 60) + ' min' : (size / 3600).toFixed(1) + ' h');
}
