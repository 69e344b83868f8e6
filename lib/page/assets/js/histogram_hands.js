// The histogram by pointer and keys, and its numbers as a table.

import { button, grouped, h, s } from './dom.js';
import { DOWNWARDS } from './histogram_drawing.js';
import { betweenText, rangeOf } from './ranges.js';

export class HistogramHands {
  #histogram;
  #table = null;
  #events;

  // events: zoom(t), goTo(time), out()
  constructor(histogram, events) {
    this.#histogram = histogram;
    this.#events = events;
    histogram.extend(this);
  }

  draw(svg) {
    svg.addEventListener('pointerdown', (event) => this.#down(event));
    svg.addEventListener('dblclick', () => this.#events.out());
    svg.addEventListener('keydown', (event) => this.#key(event));
    this.#histogram.figure.append(this.#table ?? '', button(this.#table ? 'As bars' : 'As table', () => this.#toggleTable(), { class: 'small quiet as-table', 'aria-pressed': String(this.#table !== null) }));
    this.#tellChosen();
  }

  #toggleTable() {
    this.#table = this.#table ? null : this.#asTable();
    this.#histogram.draw();
    this.#histogram.figure.querySelector('.as-table').focus();
  }
  #asTable() {
    const cells = (tag, texts, properties) => texts.map((text) => h(tag, properties, text));
    return h('div', { class: 'hist-table', tabindex: 0, role: 'region', 'aria-label': 'Records over time, as a table' }, h('table', { class: 't' }, h('thead', {}, h('tr', {}, cells('th', ['Time', ...DOWNWARDS], { scope: 'col' }))),
      h('tbody', {}, this.#histogram.bars.filter(({ total }) => total).map(({ from, to, counts }) => h('tr', {}, h('th', { scope: 'row' }, betweenText(from, to)), cells('td', DOWNWARDS.map((band) => grouped(counts[band])), { class: 'num' }))))));
  }

  #tellChosen() {
    const { bars, chosen, place } = this.#histogram;
    this.#histogram.tellValue();
    this.#select(chosen && [place.x(bars[chosen[0]].from), place.x(bars[chosen[1]].to)]);
  }
  #select(ends) {
    const { svg, place } = this.#histogram;
    svg.querySelector('.sel')?.remove();
    if (ends) svg.append(s('rect', { class: 'sel', x: Math.min(...ends), y: 0, width: Math.abs(ends[1] - ends[0]), height: place.high - 34 }));
  }

  #down(event) {
    if (event.button !== 0) return;
    const { place } = this.#histogram, x = ({ clientX }) => Math.min(Math.max(clientX - this.#histogram.svg.getBoundingClientRect().left, place.left), place.width - 8), begin = x(event), over = new AbortController();
    let end = begin;
    const listen = (name, action) => addEventListener(name, action, { signal: over.signal });
    const finish = () => {
      over.abort();
      this.#select(null);
    };
    listen('pointermove', (moved) => this.#select([begin, (end = x(moved))]));
    listen('pointercancel', finish);
    listen('pointerup', () => {
      finish();
      const [from, to] = [begin, end].sort((a, b) => a - b).map((at) => Math.round(place.timeAt(at)));
      if (Math.abs(end - begin) > 4) this.#events.zoom(rangeOf(from, to));
      else if (event.detail < 2) this.#events.goTo(from);
    });
  }

  #key(event) {
    const { bars, chosen } = this.#histogram, count = bars.length;
    if (!count || event.ctrlKey || event.altKey || event.metaKey) return;
    const [first, last] = chosen ?? [count, count], by = { ArrowLeft: -1, ArrowRight: 1 }[event.key], limit = (at) => Math.min(Math.max(at, 0), count - 1);
    if (event.key === 'Enter' && chosen) {
      this.#events.zoom(rangeOf(Math.round(bars[first].from), Math.round(bars[last].to)));
    } else if (by) {
      const at = limit((by < 0 ? first : last) + by), other = event.shiftKey ? limit(by < 0 ? last : first) : at;
      this.#histogram.chosen = by < 0 ? [at, other] : [other, at];
      this.#tellChosen();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
