// The lane below the bars: incidents, what is missing, and marks where versions begin.

import { s } from './dom.js';
import { ask, BUDGET, wasAborted } from './api.js';
import { stamp } from './times.js';
import { visible } from './texts.js';

const MOST_GAPS = 20, MOST_INCIDENTS = 50, MOST_VERSIONS = 6, LONGEST = 80;
const widthOf = (text) => text.length * 5.6 + 10;

export class Lane {
  #histogram;
  #gaps = [];
  #incidents = [];
  #releases = [];

  constructor(histogram) {
    this.#histogram = histogram;
    histogram.extend(this);
  }

  async load(q, t, signal) {
    try {
      const [gaps, { incidents }, { releases }] = await Promise.all([
        ask('records', { q: 'logger:psherald.forward "gap: at most"', t, limit: MOST_GAPS, fields: 'id,received,message', budget_ms: BUDGET }, signal),
        ask('incidents', { state: 'all', limit: MOST_INCIDENTS }, signal),
        ask('releases', { q, t, most: MOST_VERSIONS, budget_ms: BUDGET }, signal),
      ]);
      this.#gaps = gaps.records.map(({ received, message }) => ({ time: Date.parse(received), text: visible(message) }));
      this.#incidents = incidents.map(({ title, rule, opened, ended }) => ({ from: Date.parse(opened), to: ended ? Date.parse(ended) : Infinity, text: visible(title || rule) }));
      this.#releases = releases.map(({ system, version, first }) => ({ time: Date.parse(first), text: `${visible(system)} ${visible(version)}` })).sort((a, b) => b.time - a.time);
    } catch (error) {
      if (wasAborted(error)) return;
      [this.#gaps, this.#incidents, this.#releases] = [[], [], []];
    }
    this.#histogram.draw();
  }

  draw(svg) {
    const { from, to, bars } = this.#histogram, { x, left, width, height, lane, narrow } = this.#histogram.place;
    if (!bars.length) return;
    for (const { time, text } of this.#gaps) svg.append(s('rect', { class: 'gap', x: x(time) - 3, y: lane, width: 7, height: 13 }, s('title', {}, text)));
    if (this.#gaps.length && !narrow) {
      const [{ time, text }] = this.#gaps, right = x(time) > width / 2;
      svg.append(s('text', { class: 'lane-text', x: x(time) + (right ? -7 : 8), y: lane + 11, 'text-anchor': right ? 'end' : 'start' }, text.length > LONGEST ? text.slice(0, LONGEST) + '…' : text));
    }
    for (const { from: begin, to: end, text } of this.#incidents) {
      if (end < from || begin > to) continue;
      const at = x(Math.max(begin, from)), size = Math.max(3, x(Math.min(end, to)) - at);
      svg.append(s('rect', { class: 'inc-bar', x: at, y: lane, width: size, height: 13, rx: 2 }, s('title', {}, text)));
      if (size > widthOf(text)) svg.append(s('text', { class: 'inc-text', x: at + 5, y: lane + 10 }, text));
    }
    let free = width;
    for (const { time, text } of this.#releases) {
      const at = x(time), size = widthOf(text);
      svg.append(s('path', { class: 'release', d: `M${at} 2V${height}` }, s('title', {}, `${text} first seen ${stamp(time)}`)));
      if (at > free || at - size < left) continue;
      svg.append(s('text', { class: 'release-text', x: at - 4, y: 10, 'text-anchor': 'end' }, text));
      free = at - size;
    }
  }
}
