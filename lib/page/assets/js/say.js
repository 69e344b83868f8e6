// Says things to those who listen to the page, and not too often.

import { h } from './dom.js';

const QUIET = 5000;
const region = h('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
const note = h('div', { class: 'toast', 'aria-hidden': 'true' });
let next = '', timer = 0, last = -QUIET, hide = 0;

export function beginSaying() {
  document.body.append(region, note);
}

// Spoken at most every five seconds, the newest sentence.
export function announce(text) {
  next = text;
  timer ||= setTimeout(() => {
    timer = 0;
    last = performance.now();
    region.textContent = next;
  }, Math.max(0, last + QUIET - performance.now()));
}

// The answer to what somebody has just done: spoken, and shown for a moment.
export function say(text) {
  announce(text);
  note.textContent = text;
  note.classList.add('on');
  clearTimeout(hide);
  hide = setTimeout(() => note.classList.remove('on'), 2500);
}
