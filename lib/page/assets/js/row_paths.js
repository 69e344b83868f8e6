// Ways along the rows, and rows that come on top of them.

import { CHUNK, DOWN, MOST_CHUNKS, UP } from './rows.js';
import { dayOf } from './times.js';

// The row that many further on, as far as there are any; loads what is not there yet.
export async function moveBy(rows, by) {
  const find = () => {
    const { all, current } = rows;
    return current ? all[all.indexOf(current) + by] : all[0];
  };
  let row = find();
  if (!row) {
    await rows.load(by > 0 ? DOWN : UP);
    row = find() ?? rows.all.at(by > 0 ? -1 : 0);
  }
  if (row) rows.goTo(row.id);
  return row;
}

// Among what is loaded, the next row in that direction that `wanted` takes.
export function nextLoaded({ all, current }, by, wanted) {
  const at = all.indexOf(current);
  return by > 0 ? all.slice(at + 1).find(wanted) : all.slice(0, Math.max(at, 0)).findLast(wanted);
}
// Where a search for one beyond what is loaded begins; null: all is loaded on that side.
export function edgeOf({ ends }, by) {
  const { done, edge } = ends[by > 0 ? DOWN : UP];
  return done ? null : edge;
}

// Newer ones than all others, the newest first, for who looks at the top.
export function prependRows(rows, fresh) {
  const { chunks, ends } = rows, [top] = chunks.all, sameDay = top && dayOf(fresh[0].time) === dayOf(top.rows[0].time);
  if (top && top.rows.length + fresh.length <= CHUNK) {
    top.rows.unshift(...fresh);
    if (sameDay) top.node.prepend(...fresh.map((row) => rows.nodeFor(row)));
  } else {
    chunks.all.unshift(chunks.chunk(fresh));
  }
  if (!sameDay) rows.redrawChunk(top);
  if (!rows.current) rows.makeCurrent(fresh[0].id);
  ends[UP].edge = fresh[0].id;
  if (chunks.all.length > MOST_CHUNKS) rows.dropBelow();
  chunks.place();
  rows.tellView();
}
