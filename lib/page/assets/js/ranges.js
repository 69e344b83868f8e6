// Ranges of time as the address keeps them: `6h`, or absolute ends with their zone. What people write becomes one of these in range_words.js.

import { clockOf, DAY, dayOf, dayText, HOUR, isoOf, MINUTE, shortTime } from './times.js';

const UNITS = { ms: 1, s: 1000, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const SPAN = /^(?:\d+(?:ms|[smhdw]))+$/;

export function spanOf(text) {
  if (!SPAN.test(text)) return null;
  return [...text.matchAll(/(\d+)(ms|[smhdw])/g)].reduce((span, [, count, unit]) => span + count * UNITS[unit], 0);
}

// The ends of a range, in milliseconds; null where it is open, or is written otherwise.
export function boundsOf(t) {
  const span = spanOf(t), [from, to] = t.split('..').map((end) => (/T.*(?:Z|[+-]\d\d:\d\d)$/.test(end) ? Date.parse(end) : null));
  return span == null ? { from, to: to ?? null } : { from: Date.now() - span, to: null };
}
export const rangeOf = (from, to) => `${from == null ? '' : isoOf(from)}..${to == null ? '' : isoOf(to)}`;

export function describeRange(t) {
  const span = spanOf(t), { from, to } = boundsOf(t);
  if (span != null) {
    const [count, unit] = span % DAY === 0 && span > DAY ? [span / DAY, 'day'] : span % HOUR === 0 ? [span / HOUR, 'hour'] : [Math.round(span / MINUTE), 'minute'];
    return count === 1 ? 'Last ' + unit : `Last ${count} ${unit}s`;
  }
  if (from == null && to == null) return t || 'Any time';
  if (from == null) return 'until ' + shortTime(to);
  if (to == null) return 'since ' + shortTime(from);
  return to - from === DAY && clockOf(from) === '00:00:00' ? dayText(from, true) : betweenText(from, to);
}
export const betweenText = (from, to) => `${shortTime(from)} to ${dayOf(from) === dayOf(to) ? clockOf(to).slice(0, 5) : shortTime(to)}`;
