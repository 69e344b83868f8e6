// The range of time: a button that says it, a field that takes it in words, and one range earlier or later.

import { button, h, icon, iconButton } from './dom.js';
import { boundsOf, describeRange, normalRange, presets, rangeOf } from './times.js';
import { choice, choose } from './choices.js';

export class TimeField {
  #t = '';
  #hidden = h('input', { type: 'hidden', name: 't' });
  #label = h('span', {});
  #button = h('button', { type: 'button', class: 'btn when-button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', title: 'Time (t)', on: { click: () => this.open() } });
  #later;
  #input = h('input', { id: 't', autocomplete: 'off', spellcheck: 'false', placeholder: '2h, yesterday, 14:00..15:30, a time', 'aria-describedby': 't_problem' });
  #problem = h('p', { class: 'problem', id: 't_problem', role: 'alert' });
  #pop = h('div', { class: 'pop when-pop', role: 'dialog', 'aria-label': 'Time', hidden: true });
  #change;
  #retold;

  constructor(place, { change, retold }) {
    this.#change = change;
    this.#retold = retold;
    this.#button.append(icon('clock'), this.#label, icon('down'));
    this.#later = iconButton('right', 'Later (])', () => this.shift(1), { class: 'wide' });
    const shift = h('span', { class: 'group when-group' }, iconButton('left', 'Earlier ([)', () => this.shift(-1), { class: 'wide' }), this.#button, this.#later);
    place.replaceChildren(this.#hidden, shift, this.#pop);
    place.classList.add('ready');
    place.addEventListener('keydown', (event) => this.#key(event));
    place.addEventListener('focusout', (event) => !place.contains(event.relatedTarget) && event.relatedTarget && this.close());
    document.addEventListener('pointerdown', (event) => !place.contains(event.target) && this.close());
  }

  get t() {
    return this.#t;
  }
  set t(t) {
    this.#t = t;
    this.#hidden.value = t;
    this.#label.textContent = describeRange(t);
    this.#button.title = `${t || 'Any time'} (t)`;
    const { to } = safeBounds(t);
    this.#later.disabled = to == null;
  }

  open() {
    const zone = (name, text) => button(text, () => this.#zone(name), { class: 'small' + (choice('tz') === name ? ' on' : ''), 'aria-pressed': String(choice('tz') === name) });
    this.#input.value = this.#t;
    this.#problem.textContent = '';
    this.#pop.replaceChildren(h('label', { for: 't' }, 'From, or from..to'), h('div', { class: 'line' }, this.#input, button('Apply', () => this.#take(this.#input.value), { class: 'small main' })), this.#problem,
      h('div', { class: 'presets' }, presets().map(({ t, text }) => button(text, () => this.#take(t), { class: 'small' })), button('Any time', () => this.#take(''), { class: 'small' })),
      h('div', { class: 'line' }, 'Times are', h('span', { class: 'group' }, zone('local', 'local'), zone('utc', 'UTC'), zone('sender', 'the sender\'s'))));
    this.#pop.hidden = false;
    this.#button.setAttribute('aria-expanded', 'true');
    this.#input.focus();
    this.#input.select();
  }
  close() {
    if (this.#pop.hidden) return;
    const had = this.#pop.contains(document.activeElement);
    this.#pop.hidden = true;
    this.#button.setAttribute('aria-expanded', 'false');
    if (had) this.#button.focus();
  }

  // By its own length; "any time" has none, and "the last 6 hours" becomes the 6 hours before.
  shift(by) {
    const { from, to } = safeBounds(this.#t), end = to ?? Date.now();
    if (from == null) return;
    const size = end - from;
    this.#change(rangeOf(from + by * size, end + by * size));
  }

  #zone(name) {
    choose('tz', name);
    this.#retold();
    this.open();
  }
  #take(text) {
    try {
      const t = normalRange(text);
      this.close();
      this.#change(t);
    } catch (error) {
      this.#problem.textContent = error.message;
    }
  }
  #key(event) {
    if (this.#pop.hidden) return;
    if (event.key === 'Escape') {
      this.close();
      event.stopPropagation();
    } else if (event.key === 'Enter' && event.target === this.#input) {
      this.#take(this.#input.value);
      event.preventDefault();
    }
  }
}

export function safeBounds(t) {
  try {
    return boundsOf(t);
  } catch {
    return { from: null, to: null };
  }
}
