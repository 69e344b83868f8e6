// The bars and the axis of the histogram.

import { grouped, s } from './dom.js';
import { BANDS } from './levels.js';
import { clockOf, DAY, dayText, HOUR, MINUTE } from './times.js';

const LEAST_ERROR = 2.5, BARS_HIGH = 0.8, MARGIN = 8;
const STEPS = [1000, 5000, 15_000, 30_000, ...[1, 5, 10, 30].map((count) => count * MINUTE), ...[1, 2, 3, 6, 12].map((count) => count * HOUR), ...[1, 2, 7, 14, 28, 91, 364].map((count) => count * DAY)];
export const DOWNWARDS = [...BANDS].reverse();

// Where everything lies, in a width.
export function layOut(width, from, to) {
  const narrow = width < 600, left = narrow ? 4 : 48, height = narrow ? 56 : 78, room = width - left - MARGIN;
  return { width, narrow, left, height, lane: height + 4, high: height + 39, from, to, x: (time) => left + ((time - from) / (to - from)) * room, timeAt: (x) => from + ((x - left) / room) * (to - from) };
}

export function drawBars(svg, { width, narrow, left, height, from, x }, bars, reached) {
  const most = Math.max(1, ...bars.map(({ total }) => total)), size = (count) => (count / most) * height * BARS_HIGH;
  for (const count of [niceBelow(most), 0]) {
    const y = height - size(count);
    svg.append(s('path', { class: 'grid', d: `M${left} ${y}H${width - MARGIN}` }));
    if (!narrow && bars.length) svg.append(s('text', { x: 6, y: y + 4 }, grouped(count)));
  }
  for (const bar of bars) {
    const begin = x(bar.from) + 0.5, wide = Math.max(1, x(bar.to) - begin - 1);
    let foot = height;
    for (const band of DOWNWARDS) {
      if (!bar.counts[band]) continue;
      const tall = Math.max(size(bar.counts[band]), band === 'error' || band === 'critical' ? LEAST_ERROR : 0.4);
      foot -= tall;
      svg.append(s('rect', { class: 'b ' + band, x: begin.toFixed(1), y: foot.toFixed(1), width: wide.toFixed(1), height: tall.toFixed(1) }));
    }
  }
  if (reached > from) svg.append(s('rect', { class: 'gap', x: left, y: 2, width: x(reached) - left, height: height - 2 }));
}

export function drawAxis(svg, { width, narrow, left, height, high, from, to, x }, note) {
  const room = narrow ? 70 : 110, step = STEPS.find((each) => (to - from) / each <= Math.max(1, (width - left) / room)) ?? STEPS.at(-1), zone = step >= HOUR ? new Date(from).getTimezoneOffset() * MINUTE : 0;
  let free = 0;
  for (let time = Math.ceil((from - zone) / step) * step + zone; time < to; time += step) {
    const at = x(time), clock = clockOf(time), text = clock === '00:00:00' || step >= DAY ? dayText(time) : step < MINUTE ? clock : clock.slice(0, 5);
    svg.append(s('path', { class: 'grid', d: `M${at} ${height + 19}v4` }));
    if (at < free || at > width - (narrow ? 30 : 150)) continue;
    svg.append(s('text', { x: at, y: high - 5, 'text-anchor': 'middle' }, text));
    free = at + room / 2;
  }
  if (note) svg.append(s('text', { class: 'lane-text', x: left + 8, y: 20 }, note));
}

// The largest of 1, 2, 5 times a power of ten that is no more.
function niceBelow(count) {
  const power = 10 ** Math.floor(Math.log10(count));
  return [5, 2, 1].map((step) => step * power).find((step) => step <= count);
}
