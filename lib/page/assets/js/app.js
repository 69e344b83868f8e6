// The page with script: what the server rendered stays, and gets hands.

import { applyTaste, enhanceHead } from './head.js';
import { openHelp } from './help.js';
import { awaitFirstRecord } from './first_run.js';
import { Keys } from './keys.js';
import { LogsView } from './logs_view.js';
import { PatternsView } from './patterns_view.js';
import { SystemsView } from './systems_view.js';
import { savedSearches } from './saved.js';

const views = { 'g l': '/', 'g p': '/patterns', 'g s': '/systems' };
const goTo = Object.fromEntries(Object.entries(views).map(([keys, path]) => [keys, () => [...document.querySelectorAll('.views a')].find((link) => link.pathname === path).click()]));

function beginLogs() {
  const view = new LogsView();
  addEventListener('popstate', () => view.restore());
  new Keys({
    ...goTo, '?': openHelp, '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), z: () => view.zoomOut(), i: () => view.histogram.focus(), f: () => view.toFilters(),
    p: () => view.follow(), s: () => savedSearches.save(view.query, view.range), Escape: () => view.leave(), j: () => void view.walk(1), k: () => void view.walk(-1), ArrowDown: (event) => inRows(event) && void view.walk(1),
    ArrowUp: (event) => inRows(event) && void view.walk(-1), Enter: () => view.openCurrent(), e: () => void view.error(1), E: () => void view.error(-1), w: () => void view.warning(1), W: () => void view.warning(-1),
    n: () => view.panel.nextMatch(1), N: () => view.panel.nextMatch(-1), c: () => view.aroundCurrent(), ArrowLeft: (event) => inRows(event) && view.cell(-1), ArrowRight: (event) => inRows(event) && view.cell(1),
    '+': () => view.filterCell(false), '-': () => view.filterCell(true), y: () => void view.copyCurrent(false), Y: () => void view.copyCurrent(true), m: () => view.toggleBookmark(), u: () => view.toBookmark(1), U: () => view.toBookmark(-1),
    x: () => view.drawLine(), Home: () => void view.toNewest(), End: () => view.toOldest(), d: () => view.nextDensity(), r: () => view.toggleWrap(),
  });
}
function beginPatterns() {
  const view = new PatternsView();
  addEventListener('popstate', () => view.restore());
  new Keys({ ...goTo, '?': openHelp, '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), s: () => savedSearches.save(view.query, view.range), y: () => view.link() });
}

function beginSystems() {
  const view = new SystemsView();
  addEventListener('popstate', () => view.restore());
  new Keys({ ...goTo, '?': openHelp });
}

const inRows = (event) => event.target.closest('.htable') !== null || event.target === document.body;

applyTaste();
document.documentElement.classList.add('js');
enhanceHead();
if (document.querySelector('main > form.search[action="/"]')) beginLogs();
else if (document.querySelector('main > form.search[action="/patterns"]')) beginPatterns();
else if (document.querySelector('#systems')) beginSystems();
else new Keys({ ...goTo, '?': openHelp });
if (document.querySelector('.hello[data-after]')) awaitFirstRecord();
