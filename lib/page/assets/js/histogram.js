// Records over time: bars by severity from the foot up, a lane for incidents and for what is missing, marks where versions begin, and where the rows below are.

import { button, grouped, h, s } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { BANDS, bandOf } from './levels.js';
import { clockOf, DAY, dayOf, dayText, HOUR, MINUTE, rangeOf, shortTime, stamp } from './times.js';
import { visible } from './texts.js';
import { safeBounds } from './time_field.js';

const WIDE = 90, NARROW = 36, LEAST_ERROR = 2.5, BARS_HIGH = 0.8, MOST_GAPS = 20, MOST_INCIDENTS = 50, MOST_VERSIONS = 6;
const STEPS = [1000, 5000, 15_000, 30_000, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY];
const DOWNWARDS = [...BANDS].reverse();

export class Histogram {
  #place;
  #figure = h('figure', {});
  #svg = null;
  #table = null;
  #asking = new Latest();
  #bars = []; // {from, to, counts by band, total}
  #from = 0;
  #to = 0;
  #gaps = [];
  #incidents = [];
  #releases = [];
  #note = '';
  #reached = 0; // what is older was not counted
  #rows = null; // the time that the visible rows cover
  #chosen = null; // [first, last] bar, for the keyboard
  #events;

  // events: zoom(t), goTo(time), out()
  constructor(place, events) {
    this.#place = place;
    this.#events = events;
    this.#place.append(this.#figure);
    new ResizeObserver(() => this.#draw()).observe(this.#figure);
  }

  get range() {
    return { from: this.#from, to: this.#to };
  }
  focus() {
    this.#svg?.focus();
  }

  async load({ q, from, to }) {
    const signal = this.#asking.next(), t = rangeOf(from, to), narrow = this.#figure.clientWidth < 600;
    this.#place.classList.add('stale');
    try {
      const found = await ask('histogram', { q, t, most: narrow ? NARROW : WIDE, budget_ms: BUDGET }, signal);
      this.#take(found, from, to);
      if (!found.complete) await this.#reachedBy(found.searched_to, signal);
    } catch (error) {
      if (wasAborted(error)) return;
      [this.#bars, this.#from, this.#to, this.#note] = [[], from, to, `no counts: ${error.message}`];
    }
    this.#place.classList.remove('stale');
    this.#draw();
    this.#loadLane(q, t, signal);
  }
  // Without records there is an axis and nothing else.
  empty(from, to) {
    this.#asking.stop();
    [this.#bars, this.#from, this.#to, this.#gaps, this.#incidents, this.#releases, this.#note, this.#reached] = [[], from, to, [], [], [], '', 0];
    this.#place.classList.remove('stale');
    this.#draw();
  }

  // A record that has just come.
  count(row) {
    const bar = this.#bars.at(-1);
    if (!bar) return;
    if (row.time >= this.#to) this.#slideTo(row.time);
    const found = this.#bars.find(({ from, to }) => row.time >= from && row.time < to);
    if (!found) return;
    found.counts[bandOf(row.level)] += 1;
    found.total += 1;
    this.#later();
  }
  #later = (() => {
    let frame = 0;
    return () => (frame ||= setTimeout(() => {
      frame = 0;
      this.#draw();
    }, 250));
  })();

  // Which time the rows below are of.
  cover(first, last) {
    this.#rows = [Math.min(first, last), Math.max(first, last)];
    this.#drawPosition();
  }

  #take({ from, width_us, bars }, begin, end) {
    const start = Date.parse(from), width = width_us / 1000;
    this.#note = '';
    this.#reached = 0;
    this.#bars = bars.map((levels, i) => {
      const counts = Object.fromEntries(BANDS.map((band) => [band, 0]));
      for (const [level, count] of Object.entries(levels)) counts[bandOf(Number(level))] += count;
      return { from: start + i * width, to: start + (i + 1) * width, counts, total: Object.values(counts).reduce((sum, count) => sum + count, 0) };
    });
    this.#from = this.#bars.length ? Math.min(start, begin ?? start) : begin;
    this.#to = this.#bars.length ? Math.max(this.#bars.at(-1).to, end ?? 0) : end;
    this.#chosen = null;
  }
  #slideTo(time) {
    const width = this.#bars[0].to - this.#bars[0].from;
    while (time >= this.#to) {
      this.#bars.push({ from: this.#bars.at(-1).to, to: this.#bars.at(-1).to + width, counts: Object.fromEntries(BANDS.map((band) => [band, 0])), total: 0 });
      this.#to = this.#bars.at(-1).to;
      if (this.#bars.length > WIDE) this.#bars.shift();
      this.#from = this.#bars[0].from;
    }
  }
  async #reachedBy(id, signal) {
    const { record } = await ask('record/' + id, {}, signal);
    this.#reached = Date.parse(record.received);
  }

  // What is missing, and where a version was first seen, come after the bars.
  async #loadLane(q, t, signal) {
    try {
      const [gaps, { incidents }, releases] = await Promise.all([
        ask('records', { q: 'logger:psherald.forward "gap: at most"', t, limit: MOST_GAPS, fields: 'id,received,message', budget_ms: BUDGET }, signal),
        ask('incidents', { state: 'all', limit: MOST_INCIDENTS }, signal),
        ask('releases', { q, t, most: MOST_VERSIONS, budget_ms: BUDGET }, signal),
      ]);
      this.#gaps = gaps.records.map(({ received, message }) => ({ time: Date.parse(received), text: message }));
      this.#incidents = incidents.map(({ title, rule, opened, ended }) => ({ from: Date.parse(opened), to: ended ? Date.parse(ended) : Infinity, text: visible(title || rule) }));
      this.#releases = releases.releases.map(({ system, version, first }) => ({ time: Date.parse(first), text: `${system} ${version}` }));
      this.#draw();
    } catch (error) {
      if (!wasAborted(error)) [this.#gaps, this.#incidents, this.#releases] = [[], [], []];
    }
  }

  // ---- Drawing

  #x(time) {
    return this.#left + ((time - this.#from) / (this.#to - this.#from)) * (this.#width - this.#left - 8);
  }
  #timeAt(x) {
    return this.#from + ((x - this.#left) / (this.#width - this.#left - 8)) * (this.#to - this.#from);
  }
  #width = 0;
  #left = 0;

  #draw() {
    const width = Math.round(this.#figure.clientWidth);
    if (!width || !(this.#to > this.#from)) return;
    const narrow = width < 600, height = narrow ? 56 : 78, lane = height + 4, axis = lane + 15 + 14;
    const focused = document.activeElement === this.#svg;
    [this.#width, this.#left] = [width, narrow ? 4 : 48];
    const svg = s('svg', { class: 'hist', height: axis + 6, viewBox: `0 0 ${width} ${axis + 6}`, role: 'slider', tabindex: 0, 'aria-label': 'Time histogram', 'aria-roledescription': 'histogram', 'aria-valuemin': 0 });
    svg.append(s('defs', {}, s('pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, s('path', { d: 'M0 0V5', class: 'hatch' }))));
    this.#drawBars(svg, height, narrow);
    this.#drawLane(svg, height, lane, narrow);
    this.#drawAxis(svg, lane + 15, axis, narrow);
    this.#svg?.removeEventListener('pointerdown', this.#down);
    this.#svg = svg;
    this.#listen(svg);
    this.#figure.replaceChildren(svg, this.#table ?? '', this.#tools());
    this.#tellValue();
    this.#drawPosition();
    if (focused) svg.focus();
  }

  #drawBars(svg, height, narrow) {
    const most = Math.max(1, ...this.#bars.map((bar) => bar.total)), line = niceBelow(most), y = (count) => height - (count / most) * height * BARS_HIGH;
    for (const count of [line, 0]) {
      svg.append(s('path', { class: 'grid', d: `M${this.#left} ${y(count)}H${this.#width - 8}` }));
      if (!narrow && this.#bars.length) svg.append(s('text', { x: 6, y: y(count) + 4 }, grouped(count)));
    }
    for (const bar of this.#bars) {
      const x = this.#x(bar.from) + 0.5, width = Math.max(1, this.#x(bar.to) - this.#x(bar.from) - 1.5);
      let foot = height;
      for (const band of DOWNWARDS) {
        if (!bar.counts[band]) continue;
        const tall = band === 'error' || band === 'critical', size = Math.max((bar.counts[band] / most) * height * BARS_HIGH, tall ? LEAST_ERROR : 0.4);
        foot -= size;
        svg.append(s('rect', { class: 'b-' + band, x: x.toFixed(1), y: foot.toFixed(1), width: width.toFixed(1), height: size.toFixed(1) }));
      }
    }
    if (this.#reached > this.#from) svg.append(s('rect', { class: 'gap', x: this.#left, y: 2, width: this.#x(this.#reached) - this.#left, height: height - 2 }));
  }

  #drawLane(svg, height, lane, narrow) {
    for (const { time, text } of this.#gaps)
      svg.append(s('rect', { class: 'gap', x: this.#x(time) - 3, y: lane, width: 7, height: 13 }, s('title', {}, text)));
    if (this.#gaps.length && !narrow) {
      const { time, text } = this.#gaps[0], right = this.#x(time) > this.#width / 2;
      svg.append(s('text', { class: 'lane-text', x: this.#x(time) + (right ? -7 : 8), y: lane + 11, 'text-anchor': right ? 'end' : 'start' }, text.length > 80 ? text.slice(0, 80) + '…' : text));
    }
    for (const { from, to, text } of this.#incidents) {
      if (to < this.#from || from > this.#to) continue;
      const left = this.#x(Math.max(from, this.#from)), size = Math.max(3, this.#x(Math.min(to, this.#to)) - left);
      svg.append(s('rect', { class: 'inc-bar', x: left, y: lane, width: size, height: 13, rx: 2 }, s('title', {}, text)));
      if (size > text.length * 5.6 + 10) svg.append(s('text', { class: 'inc-text', x: left + 5, y: lane + 10 }, text));
    }
    let free = this.#width;
    for (const { time, text } of [...this.#releases].sort((a, b) => b.time - a.time)) {
      const x = this.#x(time), size = text.length * 5.6 + 10;
      svg.append(s('path', { class: 'release', d: `M${x} 2V${height}` }, s('title', {}, `${text} first seen ${stamp(time)}`)));
      if (x > free || x - size < this.#left) continue;
      svg.append(s('text', { class: 'release-text', x: x - 4, y: 10, 'text-anchor': 'end' }, text));
      free = x - size;
    }
  }

  #drawAxis(svg, top, axis, narrow) {
    const room = narrow ? 70 : 110, count = Math.max(1, (this.#width - this.#left) / room), span = this.#to - this.#from;
    const step = STEPS.find((each) => span / each <= count) ?? 364 * DAY, zone = step >= HOUR ? new Date(this.#from).getTimezoneOffset() * MINUTE : 0;
    let free = 0;
    for (let time = Math.ceil((this.#from - zone) / step) * step + zone; time < this.#to; time += step) {
      const x = this.#x(time), clock = clockOf(time), text = clock === '00:00:00' || step >= DAY ? dayText(time) : step < MINUTE ? clock : clock.slice(0, 5);
      svg.append(s('path', { class: 'grid', d: `M${x} ${top}v4` }));
      if (x < free || x > this.#width - (narrow ? 30 : 150)) continue;
      svg.append(s('text', { x, y: axis + 1, 'text-anchor': 'middle' }, text));
      free = x + room / 2;
    }
    if (this.#note) svg.append(s('text', { class: 'lane-text', x: this.#left + 8, y: 20 }, this.#note));
  }

  #drawPosition() {
    this.#svg?.querySelectorAll('.pos, .pos-text').forEach((node) => node.remove());
    if (!this.#svg || !this.#rows) return;
    const height = this.#svg.viewBox.baseVal.height, clamp = (x) => Math.min(Math.max(x, this.#left), this.#width - 8);
    const right = clamp(this.#x(this.#rows[1])), left = Math.min(clamp(this.#x(this.#rows[0])), right - 8);
    if (this.#rows[1] < this.#from || this.#rows[0] > this.#to) return;
    this.#svg.append(s('path', { class: 'pos', d: `M${left} ${height - 11}v5H${right}v-5` }));
    if (this.#width > 900 && left > this.#width - 70) this.#svg.append(s('text', { class: 'pos-text', x: left - 6, y: height - 5, 'text-anchor': 'end' }, 'rows below'));
  }

  // The same numbers for those who read a table.
  #tools() {
    return button(this.#table ? 'As bars' : 'As table', () => {
      this.#table = this.#table ? null : this.#asTable();
      this.#draw();
      this.#figure.querySelector('.as-table').focus();
    }, { class: 'small quiet as-table', 'aria-pressed': String(Boolean(this.#table)) });
  }
  #asTable() {
    const head = ['Time', ...DOWNWARDS], bars = this.#bars.filter((bar) => bar.total);
    return h('div', { class: 'hist-table', tabindex: 0, role: 'region', 'aria-label': 'Records over time, as a table' }, h('table', { class: 't' }, h('thead', {}, h('tr', {}, head.map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, bars.map((bar) => h('tr', {}, h('th', { scope: 'row' }, this.#spanText(bar.from, bar.to)), DOWNWARDS.map((band) => h('td', { class: 'num' }, grouped(bar.counts[band]))))))));
  }

  // ---- Hands

  #spanText(from, to) {
    return dayOf(from) === dayOf(to) ? `${shortTime(from)} to ${clockOf(to).slice(0, 5)}` : `${shortTime(from)} to ${shortTime(to)}`;
  }
  #tellValue() {
    const count = this.#bars.length, [first, last] = this.#chosen ?? [count - 1, count - 1];
    this.#svg.setAttribute('aria-valuemax', Math.max(0, count - 1));
    this.#svg.setAttribute('aria-valuenow', Math.max(0, last));
    const chosen = this.#bars.slice(first, last + 1), sum = (of) => chosen.reduce((total, bar) => total + of(bar), 0);
    const errors = sum((bar) => bar.counts.error + bar.counts.critical);
    this.#svg.setAttribute('aria-valuetext', chosen.length ? `${this.#spanText(chosen[0].from, chosen.at(-1).to)}: ${grouped(sum((bar) => bar.total))} records, ${grouped(errors)} errors` : 'no records');
    this.#drawSelection(this.#chosen && chosen.length ? [this.#x(chosen[0].from), this.#x(chosen.at(-1).to)] : null);
  }
  #drawSelection(ends) {
    this.#svg.querySelector('.sel')?.remove();
    if (ends) this.#svg.append(s('rect', { class: 'sel', x: Math.min(...ends), y: 0, width: Math.abs(ends[1] - ends[0]), height: this.#svg.viewBox.baseVal.height - 34 }));
  }

  #listen(svg) {
    svg.addEventListener('pointerdown', this.#down);
    svg.addEventListener('dblclick', () => this.#events.out());
    svg.addEventListener('keydown', (event) => this.#key(event));
  }
  #down = (event) => {
    if (event.button !== 0) return;
    const x = (moved) => Math.min(Math.max(moved.clientX - this.#svg.getBoundingClientRect().left, this.#left), this.#width - 8);
    const begin = x(event);
    let end = begin;
    const move = (moved) => {
      end = x(moved);
      this.#drawSelection([begin, end]);
    };
    const up = (released) => {
      removeEventListener('pointermove', move);
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', up);
      this.#drawSelection(null);
      if (released.type === 'pointercancel') return;
      const ends = [this.#timeAt(begin), this.#timeAt(end)].map(Math.round);
      if (Math.abs(end - begin) > 4) this.#events.zoom(rangeOf(Math.min(...ends), Math.max(...ends)));
      else if (event.detail < 2) this.#events.goTo(Math.round(this.#timeAt(begin)));
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', up);
  };
  #key(event) {
    const count = this.#bars.length;
    if (!count || event.ctrlKey || event.altKey || event.metaKey) return;
    const [first, last] = this.#chosen ?? [count, count], limit = (at) => Math.min(Math.max(at, 0), count - 1);
    if (event.key === 'ArrowLeft') this.#chosen = event.shiftKey ? [limit(first - 1), limit(last)] : [limit(first - 1), limit(first - 1)];
    else if (event.key === 'ArrowRight') this.#chosen = event.shiftKey ? [limit(first), limit(last + 1)] : [limit(last + 1), limit(last + 1)];
    else if (event.key === 'Enter' && this.#chosen) this.#events.zoom(rangeOf(Math.round(this.#bars[first].from), Math.round(this.#bars[last].to)));
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#tellValue();
  }
}

// The largest of 1, 2, 5 times a power of ten that is no more.
function niceBelow(count) {
  const power = 10 ** Math.floor(Math.log10(count));
  return [5, 2, 1].map((step) => step * power).find((step) => step <= count);
}

// What the histogram is of: the range that is asked for, else the last day before the newest row.
export function histogramRange(t, newest) {
  const { from, to } = safeBounds(t), now = Date.now();
  if (from != null) return { from, to: to ?? now };
  const end = to ?? (newest == null ? now : newest + 1);
  return { from: end - DAY, to: end };
}
