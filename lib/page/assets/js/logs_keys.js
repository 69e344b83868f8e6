// What the keys of the view of records do.

export function logsKeys(view) {
  const { hands, moving, record, following } = view.more((more) => more);
  const inRows = ({ target }) => target.closest('.htable') !== null || target === document.body, arrow = (action, by) => (event) => inRows(event) && action(by);
  const walk = (by) => void moving.walk(by), cell = (by) => hands.cell(by);
  addEventListener('popstate', () => moving.restore());
  return {
    '/': () => view.box.focus(), t: () => view.time.open(), '[': () => view.time.shift(-1), ']': () => view.time.shift(1), s: () => view.box.save(), i: () => view.histogram.focus(), p: () => following.toggle(),
    f: () => moving.toFilters(), d: () => moving.nextDensity(), r: () => moving.toggleWrap(), z: () => moving.zoomOut(), Home: () => moving.toNewest(), End: () => moving.toOldest(),
    j: () => walk(1), k: () => walk(-1), ArrowDown: arrow(walk, 1), ArrowUp: arrow(walk, -1), ArrowLeft: arrow(cell, -1), ArrowRight: arrow(cell, 1), e: () => void moving.error(1), E: () => void moving.error(-1), w: () => void moving.warning(1), W: () => void moving.warning(-1),
    Enter: () => record.openCurrent(), Escape: () => record.leave(), c: () => record.aroundCurrent(), n: () => record.nextMatch(1), N: () => record.nextMatch(-1), y: () => void record.copyCurrent(false), Y: () => void record.copyCurrent(true),
    '+': () => hands.filterCell(false), '-': () => hands.filterCell(true), m: () => hands.toggleBookmark(), u: () => hands.toBookmark(1), U: () => hands.toBookmark(-1), x: () => hands.drawLine(),
  };
}
