// Follows the log: server-sent events from the last record on, none lost, none doubled.

import { rowOf } from './row.js';

const MOST_A_SECOND = 200, LEAST_BETWEEN = 250, UNSEEN = 60_000;

export class Live {
  #source = null;
  #after = 0;
  #q = '';
  #waiting = []; // records that are to be delivered
  #coming = false;
  #last = 0; // when some were delivered
  #room = MOST_A_SECOND; // how many may be shown at once
  #second = { begun: 0, came: 0, shown: 0 };
  #hidden = 0;
  #events;

  // events: rows(rows), rate({shown, came}), connection(there)
  constructor(events) {
    this.#events = events;
    document.addEventListener('visibilitychange', () => this.#visibility());
  }

  get on() {
    return this.#after > 0 || this.#source !== null;
  }

  // From the record behind `after`.
  start(q, after) {
    this.stop();
    this.#q = q;
    this.#after = after;
    this.#connect();
  }
  stop() {
    this.#source?.close();
    this.#source = null;
    this.#after = 0;
    this.#waiting = [];
    clearTimeout(this.#hidden);
  }

  #connect() {
    const parameters = new URLSearchParams({ after: this.#after });
    if (this.#q) parameters.set('q', this.#q);
    const source = new EventSource('/api/v1/tail?' + parameters);
    this.#source = source;
    source.addEventListener('open', () => this.#events.connection(true));
    source.addEventListener('message', ({ data, lastEventId }) => this.#came(data, Number(lastEventId)));
    source.addEventListener('error', () => {
      this.#events.connection(false);
      // The browser comes again by itself, unless the server said no.
      if (source.readyState === EventSource.CLOSED && this.#source === source) setTimeout(() => this.#source === source && this.#connect(), 3000);
    });
  }

  #came(data, id) {
    this.#after = id;
    this.#waiting.push(data);
    if (this.#coming) return;
    this.#coming = true;
    // At once; but where many come, four times a second.
    const wait = this.#last + LEAST_BETWEEN - performance.now(), deliver = () => requestAnimationFrame(() => this.#deliver());
    wait > 0 ? setTimeout(deliver, wait) : deliver();
  }

  // Of more than two hundred a second the newest are shown: nobody reads more.
  #deliver() {
    const now = performance.now(), second = this.#second, rows = this.#waiting.splice(0).map((data) => rowOf(JSON.parse(data)));
    this.#room = Math.min(MOST_A_SECOND, this.#room + ((now - this.#last) / 1000) * MOST_A_SECOND);
    this.#last = now;
    this.#coming = false;
    if (!rows.length) return;
    const shown = rows.slice(Math.max(0, rows.length - Math.floor(this.#room)));
    this.#room -= shown.length;
    second.came += rows.length;
    second.shown += shown.length;
    if (now - second.begun > 1000) {
      this.#events.rate(second.came > second.shown ? second : null);
      this.#second = { begun: now, came: 0, shown: 0 };
    }
    this.#events.rows(rows, shown);
  }

  // A tab that nobody sees for a minute lets go of its connection, and goes on where it was.
  #visibility() {
    clearTimeout(this.#hidden);
    if (!this.on) return;
    if (document.hidden) {
      this.#hidden = setTimeout(() => {
        this.#source?.close();
        this.#source = null;
      }, UNSEEN);
    } else if (!this.#source) {
      this.#connect();
    }
  }
}
