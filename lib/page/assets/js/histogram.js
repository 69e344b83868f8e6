// Records over time: bars by severity from the foot up, and where the rows below are. The lane and the hands come with the second script.

import { grouped, h, hatch, plural, s } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { BANDS, bandOf } from './levels.js';
import { DAY } from './times.js';
import { drawAxis, drawBars, layOut } from './histogram_drawing.js';
import { betweenText, boundsOf, rangeOf } from './ranges.js';

export const WIDE = 90;
const NARROW = 36;

export class Histogram {
  figure = h('figure');
  node = h('section', { class: 'ruler', 'aria-label': 'Records over time' }, this.figure);
  svg = null;
  bars = []; // {from, to, counts by band, total}
  from = 0;
  to = 0;
  chosen = null; // [first, last] bar, for the keyboard
  place = null; // where times lie
  #parts = []; // others who draw into it
  #asking = new Latest();
  #asked = null;
  #note = '';
  #reached = 0; // what is older was not counted
  #rows = null; // the time that the visible rows cover

  constructor() {
    new ResizeObserver(() => this.draw()).observe(this.figure);
  }

  // part: load(q, t, signal) after the bars, draw(svg)
  extend(part) {
    this.#parts.push(part);
    if (this.#asked) part.load?.(...this.#asked);
    this.draw();
  }
  focus() {
    this.svg?.focus();
  }

  async load({ q, from, to }) {
    const signal = this.#asking.next(), t = rangeOf(from, to), narrow = this.figure.clientWidth < 600;
    this.node.classList.add('stale');
    try {
      const found = await ask('histogram', { q, t, most: narrow ? NARROW : WIDE, budget_ms: BUDGET }, signal);
      this.#take(found, from, to);
      if (!found.complete) this.#reached = Date.parse((await ask('record/' + found.searched_to, {}, signal)).record.received);
    } catch (error) {
      if (wasAborted(error)) return;
      this.#set([], from, to, `no counts: ${error.message}`);
    }
    this.#asked = [q, t, signal];
    this.#parts.forEach((part) => part.load?.(q, t, signal));
    this.draw();
  }
  // Without records there is an axis and nothing else.
  empty({ from, to }) {
    this.#asking.stop();
    this.#asked = null;
    this.#set([], from, to);
    this.draw();
  }
  #set(bars, from, to, note = '') {
    Object.assign(this, { bars, from, to, chosen: null });
    this.#note = note;
    this.#reached = 0;
    this.node.classList.remove('stale');
  }
  #take({ from, width_us: us, bars }, begin, end) {
    const start = Date.parse(from), width = us / 1000;
    const all = bars.map((levels, i) => {
      const bar = newBar(start + i * width, width);
      for (const [level, count] of Object.entries(levels)) {
        bar.counts[bandOf(Number(level))] += count;
        bar.total += count;
      }
      return bar;
    });
    this.#set(all, all.length ? Math.min(start, begin) : begin, all.length ? Math.max(all.at(-1).to, end) : end);
  }

  draw() {
    const width = Math.round(this.figure.clientWidth), focused = document.activeElement === this.svg;
    if (!width || !(this.to > this.from)) return;
    this.place = layOut(width, this.from, this.to);
    const { high } = this.place;
    this.svg = s('svg', { class: 'hist', height: high, viewBox: `0 0 ${width} ${high}`, role: 'slider', tabindex: 0, 'aria-label': 'Time histogram', 'aria-roledescription': 'histogram', 'aria-valuemin': 0 }, hatch());
    drawBars(this.svg, this.place, this.bars, this.#reached);
    drawAxis(this.svg, this.place, this.#note);
    this.figure.replaceChildren(this.svg);
    this.tellValue();
    this.#drawPosition();
    this.#parts.forEach((part) => part.draw(this.svg));
    if (focused) this.focus();
  }

  // Which time the rows below are of.
  cover(first, last) {
    this.#rows = [Math.min(first, last), Math.max(first, last)];
    this.#drawPosition();
  }
  #drawPosition() {
    this.svg?.querySelectorAll('.pos, .pos-text').forEach((node) => node.remove());
    if (!this.svg || !this.#rows) return;
    const { x, left, width, high } = this.place, [begin, end] = this.#rows, clamp = (time) => Math.min(Math.max(x(time), left), width - 8);
    if (end < this.from || begin > this.to) return;
    const right = clamp(end), at = Math.min(clamp(begin), right - 8);
    this.svg.append(s('path', { class: 'pos', d: `M${at} ${high - 11}v5H${right}v-5` }));
    if (width > 900 && at > width - 70) this.svg.append(s('text', { class: 'pos-text', x: at - 6, y: high - 5, 'text-anchor': 'end' }, 'rows below'));
  }

  tellValue() {
    const count = this.bars.length, [first, last] = this.chosen ?? [count - 1, count - 1], chosen = this.bars.slice(Math.max(first, 0), last + 1);
    const sum = (of) => chosen.reduce((total, bar) => total + of(bar), 0), errors = sum(({ counts }) => counts.error + counts.critical);
    const text = chosen.length ? `${betweenText(chosen[0].from, chosen.at(-1).to)}: ${plural(sum(({ total }) => total), 'record')}, ${grouped(errors)} errors` : 'no records';
    for (const [name, value] of Object.entries({ max: Math.max(0, count - 1), now: Math.max(0, last), text })) this.svg.setAttribute('aria-value' + name, value);
  }
}

export const newBar = (from, width) => ({ from, to: from + width, counts: Object.fromEntries(BANDS.map((band) => [band, 0])), total: 0 });

// What the histogram is of: the range that is asked for, else the last day before the newest row.
export function histogramRange(t, newest) {
  const { from, to } = boundsOf(t), now = Date.now();
  if (from != null) return { from, to: to ?? now };
  const end = to ?? (newest == null ? now : newest + 1);
  return { from: end - DAY, to: end };
}
