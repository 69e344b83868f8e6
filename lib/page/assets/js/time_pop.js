// What opens at the range of time: a field that takes it in words, the usual ones, and the zone.

import { button, choiceButtons, h } from './dom.js';
import { describeRange } from './ranges.js';
import { rangeFromWords } from './range_words.js';
import { choice, choose } from './choices.js';

const PRESETS = ['15m', '1h', '6h', '24h', '7d', '30d', ''], ZONES = { local: 'local', utc: 'UTC', sender: "the sender's" };

export class TimePop {
  #field;
  #input = h('input', { id: 't', autocomplete: 'off', spellcheck: 'false', placeholder: '2h, yesterday, 14:00..15:30, a time', 'aria-describedby': 't_problem' });
  #problem = h('p', { class: 'problem', id: 't_problem', role: 'alert' });
  #pop = h('div', { class: 'pop when-pop', role: 'dialog', 'aria-label': 'Time', hidden: true });

  constructor(field) {
    const { place } = field;
    this.#field = field;
    place.append(this.#pop);
    place.addEventListener('keydown', (event) => this.#key(event));
    place.addEventListener('focusout', (event) => !place.contains(event.relatedTarget) && event.relatedTarget && this.#close());
    document.addEventListener('pointerdown', (event) => !place.contains(event.target) && this.#close());
  }

  open() {
    const line = (...nodes) => h('div', { class: 'line' }, nodes);
    this.#input.value = this.#field.t;
    this.#problem.textContent = '';
    this.#pop.replaceChildren(h('label', { for: 't' }, 'From, or from..to'), line(this.#input, button('Apply', () => this.#take(this.#input.value), { class: 'small main' })), this.#problem,
      h('div', { class: 'presets' }, PRESETS.map((t) => button(describeRange(t), () => this.#take(t), { class: 'small' }))), line('Times are', choiceButtons(ZONES, choice('tz'), (zone) => this.#zone(zone))));
    this.#show(true);
    this.#input.focus();
    this.#input.select();
  }
  #close() {
    if (this.#pop.hidden) return;
    const had = this.#pop.contains(document.activeElement);
    this.#show(false);
    if (had) this.#field.button.focus();
  }
  #show(on) {
    this.#pop.hidden = !on;
    this.#field.button.setAttribute('aria-expanded', String(on));
  }

  #zone(zone) {
    choose('tz', zone);
    this.#field.retold();
    this.open();
  }
  #take(text) {
    try {
      const t = rangeFromWords(text);
      this.#close();
      this.#field.change(t);
    } catch (error) {
      this.#problem.textContent = error.message;
    }
  }
  #key(event) {
    if (this.#pop.hidden) return;
    if (event.key === 'Escape') {
      this.#close();
      event.stopPropagation();
    } else if (event.key === 'Enter' && event.target === this.#input) {
      this.#take(this.#input.value);
      event.preventDefault();
    }
  }
}
