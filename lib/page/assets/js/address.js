// The state of the page is its address.

import { choose } from './choices.js';

export const TASTES = ['cols', 'd', 'wrap', 'tz', 'scope'];
const USUAL_STATE = { q: '', t: '', o: 'desc', r: '', at: '', around: '', live: '', sort: 'new' };

// What the sender of a link had chosen.
export function takeTastes() {
  const given = new URLSearchParams(location.search);
  for (const name of TASTES) if (given.has(name)) choose(name, given.get(name));
}

export function readAddress() {
  const given = new URLSearchParams(location.search), state = { ...USUAL_STATE };
  for (const name of Object.keys(USUAL_STATE)) if (given.has(name)) state[name] = given.get(name);
  if (given.get('old_row_first') === 'asc') state.o = 'asc';
  return state;
}

export function addressOf(state, path = location.pathname) {
  const parameters = new URLSearchParams();
  for (const [name, usual] of Object.entries(USUAL_STATE)) if (state[name] && state[name] !== usual) parameters.set(name, state[name]);
  const text = parameters.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return path + (text ? '?' + text : '');
}

// A step of its own in the browser's history, or a correction of this one.
export const pushAddress = (state) => addressOf(state) !== location.pathname + location.search && history.pushState(null, '', addressOf(state));
export const replaceAddress = (state) => history.replaceState(null, '', addressOf(state));
