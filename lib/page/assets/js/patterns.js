// The script of the view of patterns.

import { begin } from './app.js';
import { PatternsView } from './patterns_view.js';
import { savedSearches } from './saved.js';

begin(() => {
  const view = new PatternsView();
  addEventListener('popstate', () => view.restore());
  return { '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), s: () => savedSearches.save(view.query, view.range), y: () => view.link() };
});
