// Ways through the rows: further on, to either end, to the next error, to a time; and how they look.

import { ask, BUDGET, wasAborted } from './api.js';
import { pushAddress, readAddress, replaceAddress } from './address.js';
import { bandOf } from './levels.js';
import { MINUTE } from './times.js';
import { boundsOf, rangeOf } from './ranges.js';
import { edgeOf, moveBy, nextLoaded } from './row_paths.js';
import { say } from './say.js';
import { nextDensity, toggleWrap } from './taste.js';

export class Moving {
  #view;
  #more;

  constructor(view, more) {
    this.#view = view;
    this.#more = more;
  }

  // What Back and Forward find.
  restore() {
    const view = this.#view, { record, following } = this.#more;
    following.stop();
    view.state = readAddress();
    view.box.text = view.state.q;
    view.run();
    view.state.r ? record.open(Number(view.state.r), false) : record.close();
  }

  async walk(by) {
    const row = await moveBy(this.#view.rows, by);
    if (row) this.#more.record.follow(row.id);
  }
  toNewest() {
    const { rows, results, state } = this.#view;
    if (rows.endsAtNewest && !this.#more.following.missed) {
      rows.goTo(rows.all[0]?.id);
      return results.scrollTo(0, 0);
    }
    Object.assign(state, { at: '', around: '', o: 'desc' });
    replaceAddress(state);
    this.#view.run();
  }
  toOldest() {
    const { rows } = this.#view;
    if (rows.complete) rows.goTo(rows.all.at(-1)?.id);
    else this.#view.go({ o: 'asc', at: '', around: '' });
  }

  error(by) {
    return this.#jump(by, ({ level }) => level >= 40, 'level>=error', 'error');
  }
  warning(by) {
    return this.#jump(by, ({ level }) => bandOf(level) === 'warning', 'level:warning..39', 'warning');
  }
  arrive(id) {
    this.#view.rows.goTo(id);
    this.#more.record.follow(id);
  }

  // The next or previous one that `wanted` and `term` say, beyond what is loaded, too.
  async #jump(by, wanted, term, name) {
    const view = this.#view, loaded = nextLoaded(view.rows, by, wanted), edge = edgeOf(view.rows, by), none = `No ${name} ${by > 0 ? 'below' : 'above'}`;
    if (loaded) return this.arrive(loaded.id);
    if (edge == null) return say(none);
    const older = (view.rows.order === 'desc') === (by > 0), { q, t } = view.asked;
    try {
      const { records: [found], complete } = await ask('records', { q: q ? `(${q}) ${term}` : term, t, [older ? 'before' : 'after']: edge, limit: 1, fields: 'id', budget_ms: BUDGET });
      if (!found) return say(complete ? none : `No ${name} within ${BUDGET / 1000} s; once more searches on`);
      view.state.at = String(found.id);
      pushAddress(view.state);
      await view.run();
      this.arrive(found.id);
    } catch (error) {
      if (!wasAborted(error)) this.#more.notes.failed(error, () => this.#jump(by, wanted, term, name));
    }
  }

  async goToTime(time) {
    const { records: [found] } = await ask('records', { q: this.#view.asked.q, t: rangeOf(null, time), limit: 1, fields: 'id', budget_ms: BUDGET }).catch(() => ({ records: [] }));
    if (!found) return say('Nothing before that');
    this.#view.go({ at: String(found.id), around: '' });
  }
  zoomOut() {
    const { from, to } = boundsOf(this.#view.state.t);
    if (from == null) return say('That is any time');
    const size = Math.max((to ?? 0) - from, MINUTE);
    this.#view.go({ t: to == null ? '' : rangeOf(from - size, to + size), at: '' });
  }

  // ---- Tools above the rows

  toggleFilters() {
    const { body, facets } = this.#view, on = body.classList.toggle('with-filters');
    document.querySelector('.filters-button').setAttribute('aria-expanded', String(on));
    if (on) facets.focus();
  }
  toFilters() {
    if (this.#view.facets.node.checkVisibility()) this.#view.facets.focus();
    else this.toggleFilters();
  }
  toggleWrap() {
    toggleWrap();
    this.#view.rows.redraw();
  }
  nextDensity() {
    nextDensity();
    this.#view.rows.redraw();
  }
}
