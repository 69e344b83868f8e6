// Single keys, as lnav and others taught them. In a field they are letters; they can be switched off.

import { choice } from './choices.js';

const CHORD = 1500;

export class Keys {
  #actions;
  #first = '';
  #timer = 0;

  // actions: {'j': action, 'g p': action}; an action that answers false did not want the key.
  constructor(actions) {
    this.#actions = actions;
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const { target, key } = event;
    if (document.querySelector('dialog[open]')) return;
    const typing = target.closest('input, textarea, select') !== null;
    if (typing && key !== 'Escape') return;
    if (choice('keys') === '0' && key.length === 1) return;
    // What a button or link does by itself.
    if (key === 'Enter' && target.closest('button, a, summary')) return;
    const name = this.#first ? `${this.#first} ${key}` : key;
    this.#forget();
    if (key === 'g' && name === 'g') {
      this.#first = 'g';
      this.#timer = setTimeout(() => this.#forget(), CHORD);
      return event.preventDefault();
    }
    const action = this.#actions[name];
    if (action && action(event) !== false) event.preventDefault();
  }
  #forget() {
    clearTimeout(this.#timer);
    this.#first = '';
  }
}
