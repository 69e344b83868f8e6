// Ranges of time as people write them: "2h", "yesterday", "14:00..15:30", a time that was copied from somewhere.

import { DAY, dayOf, HOUR, inUtc, MINUTE } from './times.js';
import { rangeOf, spanOf } from './ranges.js';

const STAMP = /^(\d{4})-(\d\d?)-(\d\d?)(?:[T ](\d\d?)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/;
const CLOCK = /^(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?(Z|[+-]\d\d:?\d\d)?$/;
const fractionMs = (digits) => (digits ? Number(digits.padEnd(3, '0').slice(0, 3)) : 0);

function civil(year, month, day, hour, minute, second, digits, zone) {
  const [y, mo, d, ho, mi, se] = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const wall = Date.UTC(y, mo - 1, d, ho, mi, se, fractionMs(digits)), back = new Date(wall);
  if (back.getUTCMonth() !== mo - 1 || back.getUTCDate() !== d || ho > 24 || mi > 59) return null;
  if (zone === 'Z' || (!zone && inUtc())) return wall;
  if (zone) return wall - (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * MINUTE;
  return new Date(y, mo - 1, d, ho, mi, se, fractionMs(digits)).getTime();
}
// A day as people have it: where clocks are set, it has 23 or 25 hours.
function dayAround(time) {
  const begin = civil(...dayOf(time).split('-'));
  return [begin, civil(...dayOf(begin + 1.5 * DAY).split('-'))];
}

// What one time names: [begin, end); null: it is none. `day` is the day that a clock time belongs to.
function spanNamed(text, day, now) {
  const span = spanOf(text), today = dayAround(now);
  if (span != null) return [now - span, now - span];
  if (text === 'now') return [now, now];
  if (text === 'today') return today;
  if (text === 'yesterday') return dayAround(today[0] - HOUR);
  const clock = CLOCK.exec(text), date = clock ? null : STAMP.exec(text);
  if (!clock && !date) return null;
  const begin = clock ? civil(...day.split('-'), ...clock.slice(1)) : civil(...date.slice(1));
  if (begin == null) return null;
  if (date && !date[4]) return dayAround(begin);
  const finest = clock ? (clock[4] ? 1 : clock[3] ? 1000 : MINUTE) : date[7] ? 1 : date[6] ? 1000 : date[5] ? MINUTE : HOUR;
  return [begin, begin + finest];
}

// As the address keeps it: spans stay, all else is absolute. Throws a sentence when it is no range.
export function rangeFromWords(words) {
  const text = words.trim(), now = Date.now();
  if (text === '' || spanOf(text) != null) return text;
  const [first, last] = text.split('..').map((end) => end.trim());
  const begin = first ? spanNamed(first, dayOf(now), now) : [null, null];
  const end = last ? spanNamed(last, begin?.[0] == null ? dayOf(now) : dayOf(begin[0]), now) : [null, null];
  if (!begin || !end) throw new Error(`"${!begin ? first : last}" is no time; write 2h, yesterday, 14:00..15:30 or 2026-11-22`);
  if (last !== undefined) return rangeOf(begin[0], end[0]);
  // A moment is meant with what is around it, a day as a whole.
  const around = begin[1] - begin[0] < HOUR ? 5 * MINUTE : 0;
  return rangeOf(begin[0] - around, begin[1] + around);
}

// Of an address that somebody wrote: null where it is no range, which the server says best.
export function rangeOfWords(words) {
  try {
    return rangeFromWords(words);
  } catch {
    return null;
  }
}
