// Times as people write them and as the address keeps them: `6h`, or absolute ends with their zone.

import { choice } from './choices.js';

export const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const UNITS = { ms: 1, s: 1000, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const SPAN = /^(?:\d+(?:ms|[smhdw]))+$/;
const STAMP = /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/;
const CLOCK = /^(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)?$/;
const PRESETS = ['15m', '1h', '6h', '24h', '7d', '30d'];

export const presets = () => PRESETS.map((t) => ({ t, text: describeRange(t) }));

const two = (number) => String(number).padStart(2, '0');
const inUtc = () => choice('tz') === 'utc';

function parts(milliseconds) {
  const shift = inUtc() ? 0 : -new Date(milliseconds).getTimezoneOffset();
  const date = new Date(milliseconds + shift * MINUTE);
  const sign = shift < 0 ? '-' : '+', size = Math.abs(shift);
  return {
    day: `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`,
    clock: `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
    fraction: '.' + String(date.getUTCMilliseconds()).padStart(3, '0'),
    zone: shift === 0 && inUtc() ? 'Z' : `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`,
  };
}

export const dayOf = (time) => parts(time).day;
export const clockOf = (time) => parts(time).clock;
export const fractionOf = (time) => parts(time).fraction;
// "2026-11-22 14:32:05.385 +01:00"
export function stamp(time) {
  const { day, clock, fraction, zone } = parts(time);
  return `${day} ${clock}${fraction} ${zone}`;
}
// For addresses and the API: nothing that is zero at its end.
export function isoOf(time) {
  const { day, clock, fraction, zone } = parts(time);
  const shown = fraction !== '.000' ? clock + fraction : clock.endsWith(':00') ? clock.slice(0, 5) : clock;
  return `${day}T${shown}${zone}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// "22 Nov"
export function dayText(time, withYear) {
  const [year, month, day] = dayOf(time).split('-');
  return `${Number(day)} ${MONTHS[month - 1]}${withYear ? ' ' + year : ''}`;
}
// "14:32" of today, "22 Nov 14:32" of another day.
export const shortTime = (time, now = Date.now()) => (dayOf(time) === dayOf(now) ? '' : dayText(time) + ' ') + clockOf(time).slice(0, 5);

export function spanOf(text) {
  if (!SPAN.test(text)) return null;
  let span = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdw])/g)) span += Number(count) * UNITS[unit];
  return span;
}

// "4 min", "2 h 5 min", "3 d"
export function spanText(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return Math.round(milliseconds) + ' ms';
  if (seconds < 10) return seconds.toFixed(1) + ' s';
  if (seconds < 100) return Math.round(seconds) + ' s';
  if (seconds < 100 * 60) return Math.round(seconds / 60) + ' min';
  if (seconds < 48 * 3600) return Math.round(seconds / 3600) + ' h';
  return Math.round(seconds / 86_400) + ' d';
}

const fractionMs = (digits) => (digits ? Number(digits.padEnd(3, '0').slice(0, 3)) : 0);

function civil(year, month, day, hour, minute, second, digits, zone) {
  const [y, mo, d, ho, mi, se] = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const wall = Date.UTC(y, mo - 1, d, ho, mi, se, fractionMs(digits)), back = new Date(wall);
  if (back.getUTCMonth() !== mo - 1 || back.getUTCDate() !== d || ho > 24 || mi > 59) return null;
  if (zone === 'Z' || (!zone && inUtc())) return wall;
  if (zone) return wall - (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * MINUTE;
  return new Date(y, mo - 1, d, ho, mi, se, fractionMs(digits)).getTime();
}

// What one time names: [begin, end); null: it is none. `day` is the day that a clock time belongs to.
function spanNamed(text, day, now) {
  const span = spanOf(text);
  if (span != null) return [now - span, now - span];
  if (text === 'now') return [now, now];
  const today = civil(...dayOf(now).split('-'));
  if (text === 'today') return [today, today + DAY];
  if (text === 'yesterday') return [civil(...dayOf(today - HOUR).split('-')), today];
  const clock = CLOCK.exec(text), date = clock ? null : STAMP.exec(text);
  if (!clock && !date) return null;
  const begin = clock ? civil(...day.split('-'), clock[1], clock[2], clock[3], clock[4], clock[5]) : civil(...date.slice(1));
  if (begin == null) return null;
  const finest = clock ? (clock[4] ? 1 : clock[3] ? 1000 : MINUTE) : date[7] ? 1 : date[6] ? 1000 : date[5] ? MINUTE : date[4] ? HOUR : DAY;
  return [begin, begin + finest];
}

// The ends of a range, in milliseconds; null where it is open. Throws a sentence when it is none.
export function boundsOf(t, now = Date.now()) {
  const text = t.trim();
  if (text === '') return { from: null, to: null };
  const span = spanOf(text);
  if (span != null) return { from: now - span, to: null };
  const [first, last] = text.split('..').map((end) => end.trim());
  const begin = first ? spanNamed(first, dayOf(now), now) : [null, null];
  const end = last ? spanNamed(last, begin?.[0] == null ? dayOf(now) : dayOf(begin[0]), now) : [null, null];
  if (!begin || !end) throw new Error(`"${!begin ? first : last}" is no time; write 2h, yesterday, 14:00..15:30 or 2026-11-22`);
  if (last !== undefined) return { from: begin[0], to: end[0] };
  // A moment is meant with what is around it, a day as a whole.
  const around = begin[1] - begin[0] < HOUR ? 5 * MINUTE : 0;
  return { from: begin[0] - around, to: begin[1] + around };
}

// The same range as the address keeps it: spans stay, all else is absolute.
export function normalRange(t, now = Date.now()) {
  const text = t.trim();
  if (text === '' || spanOf(text) != null) return text;
  const { from, to } = boundsOf(text, now);
  return rangeOf(from, to);
}
export const rangeOf = (from, to) => `${from == null ? '' : isoOf(from)}..${to == null ? '' : isoOf(to)}`;

export function describeRange(t) {
  if (!t) return 'Any time';
  const span = spanOf(t);
  if (span != null) {
    const [count, unit] = span % DAY === 0 && span > DAY ? [span / DAY, 'days'] : span % HOUR === 0 ? [span / HOUR, 'hours'] : [Math.round(span / MINUTE), 'minutes'];
    return count === 1 ? 'Last ' + unit.slice(0, -1) : `Last ${count} ${unit}`;
  }
  try {
    const { from, to } = boundsOf(t);
    if (from == null) return 'until ' + shortTime(to);
    if (to == null) return 'since ' + shortTime(from);
    if (to - from === DAY && clockOf(from) === '00:00:00') return dayText(from, true);
    const same = dayOf(from) === dayOf(to);
    return `${shortTime(from)} to ${same ? clockOf(to).slice(0, 5) : shortTime(to)}`;
  } catch {
    return t;
  }
}
