// The range of time: a button that says it, and one range earlier or later.

import { h, icon, iconButton } from './dom.js';
import { second } from './second.js';
import { boundsOf, describeRange, rangeOf } from './ranges.js';

export class TimeField {
  place;
  button = h('button', { type: 'button', class: 'btn when-button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', click: () => this.open() });
  change;
  retold;
  #t = '';
  #hidden = h('input', { type: 'hidden', name: 't' });
  #label = h('span');
  #later = iconButton('right', 'Later (])', () => this.shift(1), { class: 'wide' });
  #pop = null;
  #correct;

  // change(t) is called for another range, correct(t) with another way to write it, retold() for another zone.
  constructor(place, { change, correct, retold }) {
    Object.assign(this, { place, change, retold });
    this.#correct = correct;
    this.button.append(icon('clock'), this.#label, icon('down'));
    place.replaceChildren(this.#hidden, h('span', { class: 'group when-group' }, iconButton('left', 'Earlier ([)', () => this.shift(-1), { class: 'wide' }), this.button, this.#later));
  }

  get t() {
    return this.#t;
  }
  set t(t) {
    this.#t = this.#hidden.value = t;
    this.#label.textContent = describeRange(t);
    this.button.title = `${t || 'Any time'} (t)`;
    const { from, to } = boundsOf(t);
    this.#later.disabled = to == null;
    if (from == null && to == null && t) second(({ rangeOfWords }) => this.#write(t, rangeOfWords(t)));
  }
  #write(t, exact) {
    if (exact && exact !== t && t === this.#t) this.#correct(exact);
  }

  open() {
    return second(({ TimePop }) => (this.#pop ??= new TimePop(this)).open());
  }

  // By its own length; "any time" has none, and "the last 6 hours" becomes the 6 hours before.
  shift(by) {
    const { from, to } = boundsOf(this.#t), end = to ?? Date.now(), size = by * (end - from);
    if (from != null) this.change(rangeOf(from + size, end + size));
  }
}
