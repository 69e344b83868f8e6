// What the view of patterns can do besides showing them.

export { copy, linkTo } from './clipboard.js';
export { openHelp } from './help.js';
export { takeKeys } from './keys.js';
export { remember } from './recent.js';
export { rangeOfWords } from './range_words.js';
export { SearchHands } from './search_hands.js';
export { TimePop } from './time_pop.js';
export { nextTheme } from './taste.js';

export function patternsKeys(view) {
  addEventListener('popstate', () => view.restore());
  return { '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), s: () => view.box.save(), y: () => view.link() };
}
