// The script of the view of records.

import { begin } from './app.js';
import { LogsView } from './logs_view.js';
import { savedSearches } from './saved.js';

const inRows = (event) => event.target.closest('.htable') !== null || event.target === document.body;

begin(() => {
  const view = new LogsView();
  addEventListener('popstate', () => view.restore());
  return {
    '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), z: () => view.zoomOut(), i: () => view.histogram.focus(), f: () => view.toFilters(),
    p: () => view.follow(), s: () => savedSearches.save(view.query, view.range), Escape: () => view.leave(), j: () => void view.walk(1), k: () => void view.walk(-1), ArrowDown: (event) => inRows(event) && void view.walk(1),
    ArrowUp: (event) => inRows(event) && void view.walk(-1), Enter: () => view.openCurrent(), e: () => void view.error(1), E: () => void view.error(-1), w: () => void view.warning(1), W: () => void view.warning(-1),
    n: () => view.panel.nextMatch(1), N: () => view.panel.nextMatch(-1), c: () => view.aroundCurrent(), ArrowLeft: (event) => inRows(event) && view.hands.cell(-1), ArrowRight: (event) => inRows(event) && view.hands.cell(1),
    '+': () => view.hands.filterCell(false), '-': () => view.hands.filterCell(true), y: () => void view.copyCurrent(false), Y: () => void view.copyCurrent(true), m: () => view.hands.toggleBookmark(), u: () => view.hands.toBookmark(1), U: () => view.hands.toBookmark(-1),
    x: () => view.hands.drawLine(), Home: () => void view.toNewest(), End: () => view.toOldest(), d: () => view.nextDensity(), r: () => view.toggleWrap(),
  };
});
