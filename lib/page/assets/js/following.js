// Live in the view: what comes is shown while the top is in view, else counted above.

import { grouped, h, icon, plural } from './dom.js';
import { replaceAddress } from './address.js';
import { boundsOf } from './ranges.js';
import { announce } from './say.js';
import { bandOf } from './levels.js';
import { newBar, WIDE } from './histogram.js';
import { countInFacets } from './facet_hands.js';
import { prependRows } from './row_paths.js';
import { Live } from './live.js';

export class Following {
  missed = false; // records came that are not among the rows
  #view;
  #notes;
  #moving;
  #unseen = { count: 0, errors: 0 };
  #live;

  constructor(view, { notes, moving }) {
    this.#view = view;
    this.#notes = notes;
    this.#moving = moving;
    this.#live = new Live({ rows: (all, shown) => this.#came(all, shown), rate: (rate) => this.#rate(rate), connection: (there) => (there ? notes.online() : notes.offline(() => view.run(), true)) });
  }

  toggle() {
    const { state, rows } = this.#view;
    if (this.#live.on) {
      this.pause();
      // Those that came too fast to be shown are among the rows then.
      if (this.missed && rows.atTop) this.#view.run();
      return;
    }
    Object.assign(state, { live: '1', o: 'desc', around: '', at: '' });
    // What ends in the past does not go on.
    if (boundsOf(state.t).to != null) state.t = '';
    this.#view.time.t = state.t;
    replaceAddress(state);
    this.missed = !rows.endsAtNewest;
    this.#live.start(state.q, this.#view.newest);
    this.#tell();
    if (this.missed) this.#moving.toNewest();
  }
  pause() {
    if (!this.#live.on) return;
    this.stop();
    this.#view.state.live = '';
    replaceAddress(this.#view.state);
  }
  stop() {
    this.#live.stop();
    this.#tell();
  }
  #tell() {
    const { on } = this.#live, { liveButton } = this.#view;
    liveButton.replaceChildren(icon(on ? 'pause' : 'play'), 'Live');
    liveButton.setAttribute('aria-pressed', String(on));
    liveButton.title = on ? 'Pause (p)' : 'Follow new records (p)';
  }

  #came(all, shown) {
    const view = this.#view, { rows, total } = view, fresh = shown.filter(({ id }) => id > view.newest), errors = all.filter(({ level }) => level >= 40).length;
    view.newest = Math.max(view.newest, ...all.map(({ id }) => id));
    for (const row of all) {
      countInBars(view.histogram, row);
      countInFacets(view.facets, row);
    }
    this.#drawCounts();
    if (total) total[total.exact == null ? 'at_least' : 'exact'] += all.length;
    view.tellSum();
    announce(`${plural(all.length, 'new record')}, ${plural(errors, 'error')}`);
    view.results.querySelector('.empty')?.remove();
    const follows = rows.endsAtNewest && rows.atTop && getSelection().isCollapsed && !this.#unseen.count;
    this.missed ||= !follows || shown.length < all.length;
    if (follows && fresh.length) prependRows(rows, fresh.reverse());
    if (!follows) {
      this.#unseen.count += all.length;
      this.#unseen.errors += errors;
    }
    this.#tellUnseen();
  }
  #drawCounts = atMostEvery(500, () => {
    this.#view.histogram.draw();
    this.#view.facets.draw();
  });
  #tellUnseen() {
    const { count, errors } = this.#unseen, { results, notes } = this.#view, old = results.querySelector('.newrow');
    if (!count) return old?.remove();
    const text = `${plural(count, 'new record')} above${errors ? `, ${grouped(errors)} of them ${errors === 1 ? 'an error' : 'errors'}` : ''}`;
    if (old) old.firstChild.textContent = text;
    else notes.after(h('button', { type: 'button', class: 'newrow', title: 'Jump to the newest (Home)', click: () => this.#moving.toNewest() }, text, h('kbd', {}, 'Home')));
  }
  #rate(rate) {
    if (rate) this.#notes.say('info', h('span', { class: 'rate' }, `${grouped(rate.shown)} of ${grouped(rate.came)} a second shown, all are kept.`));
    else if (this.#view.notes.querySelector('.rate')) this.#notes.clear();
  }

  // The rows are anew, or the top is in view again.
  forget() {
    this.missed = false;
    this.#unseen = { count: 0, errors: 0 };
    this.#tellUnseen();
  }
  seeTop() {
    if (this.#unseen.count) this.#moving.toNewest();
  }
}

function countInBars(histogram, { time, level }) {
  const { bars } = histogram;
  if (!bars.length) return;
  while (time >= histogram.to) {
    const { from, to } = bars.at(-1);
    bars.push(newBar(to, to - from));
    if (bars.length > WIDE) bars.shift();
    histogram.from = bars[0].from;
    histogram.to = bars.at(-1).to;
  }
  const bar = bars.find(({ from, to }) => time >= from && time < to);
  if (!bar) return;
  bar.counts[bandOf(level)] += 1;
  bar.total += 1;
}

function atMostEvery(milliseconds, action) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      action();
    }, milliseconds);
  };
}
