// Follows the log: server-sent events from the last record on, none lost, none doubled.

import { rowOf } from './row.js';

const MOST_A_SECOND = 200, UNSEEN = 60_000;

export class Live {
  #source = null;
  #after = 0;
  #q = '';
  #waiting = []; // records for the next frame
  #frame = 0;
  #second = { begun: 0, came: 0 };
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
    this.#frame ||= requestAnimationFrame(() => this.#deliver());
  }

  // Of more than two hundred a second the newest are shown: nobody reads more.
  #deliver() {
    const now = performance.now();
    this.#frame = 0;
    if (now - this.#second.begun > 1000) {
      if (this.#second.came > MOST_A_SECOND) this.#events.rate({ shown: MOST_A_SECOND, came: this.#second.came });
      else if (this.#second.begun) this.#events.rate(null);
      this.#second = { begun: now, came: 0 };
    }
    const room = Math.max(0, MOST_A_SECOND - this.#second.came);
    this.#second.came += this.#waiting.length;
    const rows = this.#waiting.splice(0).map((data) => rowOf(JSON.parse(data)));
    this.#events.rows(rows, room < rows.length ? rows.slice(rows.length - room) : rows);
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
