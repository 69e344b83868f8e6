// Times as they are shown, in the zone that is chosen.

import { choice } from './choices.js';

export const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

const two = (number) => String(number).padStart(2, '0');
export const inUtc = () => choice('tz') === 'utc';

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

// "4 min", "3 d"
export function spanText(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds >= 1 && seconds < 10) return seconds.toFixed(1) + ' s';
  const [unit, name] = [[DAY, 'd', 48 * HOUR], [HOUR, 'h', 100 * MINUTE], [MINUTE, 'min', 100_000], [1000, 's', 1000], [1, 'ms', 0]].find(([, , least]) => milliseconds >= least);
  return `${Math.round(milliseconds / unit)} ${name}`;
}
