// The five bands that levels belong to; each has a shape and a colour.

export const BANDS = ['debug', 'info', 'warning', 'error', 'critical'];
const LEAST = [0, 20, 30, 40, 50];
const NUMBERS = { notset: 0, trace: 5, debug: 10, info: 20, notice: 25, warning: 30, error: 40, critical: 50, alert: 60, emergency: 70 };
const NAMES = Object.fromEntries(Object.entries(NUMBERS).map(([name, level]) => [level, name]));

export const bandOf = (level) => BANDS[LEAST.findLastIndex((least) => level >= least)] ?? 'debug';
// Of "error" or 40, and back, as the filter language names them.
export const levelNumber = (level) => NUMBERS[level] ?? Number(level);
export const levelName = (level) => NAMES[level] ?? String(level);
export const levelText = (name, level) => name || levelName(level).toUpperCase();
// The class of a row: the sender's word, where it is one, and the band.
export function levelClasses(name, level) {
  const word = levelText(name, level).toLowerCase(), band = bandOf(level);
  return word !== band && /^[a-z0-9_-]{1,32}$/.test(word) ? `${word} ${band}` : band;
}
