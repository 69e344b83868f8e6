// The searches of this browser, the last one first.

import { choice, choose } from './choices.js';

const MOST_RECENT = 20, LONGEST_KEPT = 2000;

export function remember(q) {
  if (q.trim() && q.length < LONGEST_KEPT) choose('recent', [q, ...choice('recent').filter((other) => other !== q)].slice(0, MOST_RECENT));
}
export const forgetRecent = () => choose('recent', []);
