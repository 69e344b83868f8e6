// The box whose text is the search, coloured as it is typed.

import { h, iconButton } from './dom.js';
import { second } from './second.js';
import { tokens } from './query_text.js';

export class SearchBox {
  input;
  form;
  fault = h('div', { class: 'qerror', role: 'alert', id: 'q_error', hidden: true });
  range;
  #copy = h('div', { class: 'hl', 'aria-hidden': 'true' });
  #hint = h('span', { class: 'hint', hidden: true }, 'Enter to search');
  #bad = null; // the place of a fault: {start, end}
  #hands = null;
  #searched;
  #search;

  // search(q) is called when somebody wants it searched; range() is the time that values are counted in.
  constructor(form, { search, range }) {
    this.form = form;
    this.range = range;
    this.#search = search;
    const q = form.querySelector('#q'), box = q.parentElement;
    this.input = h('input', { id: 'q', name: 'q', type: 'text', role: 'combobox', 'aria-label': 'Search the log', 'aria-expanded': 'false', 'aria-controls': 'completions', 'aria-autocomplete': 'list', 'aria-describedby': 'q_error',
      autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: q.placeholder, input: () => this.typed(), scroll: () => this.#scroll(), keydown: (event) => this.#key(event),
      focus: () => this.hands((hands) => hands.complete()) });
    q.replaceWith(h('div', { class: 'field-q' }, this.#copy, this.input));
    box.append(this.#hint, h('kbd', { class: 'wide', 'aria-hidden': 'true' }, '/'), iconButton('star', 'Save this search (s)', () => this.save()), iconButton('form', 'Search by form', () => this.hands((hands) => hands.openForm())));
    form.after(this.fault);
    form.querySelectorAll('.more').forEach((node) => node.remove());
    // Without its button Enter would not submit the form.
    form.querySelectorAll('#form_input, .fields').forEach((node) => (node.hidden = true));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text = form.dataset.q ?? q.value;
  }

  hands(action) {
    return second(({ SearchHands }) => action(this.#hands ??= new SearchHands(this)));
  }

  get text() {
    return this.input.value;
  }
  // Of another place: the address, a facet, a pattern.
  set text(q) {
    this.input.value = this.#searched = q;
    this.showFault(null);
  }
  // Somebody has changed it, and not searched for it.
  put(q) {
    this.input.value = q;
    this.typed();
  }
  get searched() {
    return this.#searched;
  }

  focus() {
    this.input.focus();
    this.input.select();
  }
  save() {
    return this.hands((hands) => hands.save());
  }
  submit() {
    this.#searched = this.text;
    this.mark(this.#bad);
    this.#search(this.text);
    this.hands((hands) => hands.submitted());
  }

  // What the server found wrong with the text; null: nothing.
  showFault(fault) {
    if (fault) return void this.hands((hands) => hands.showFault(fault));
    this.fault.hidden = true;
    this.input.setAttribute('aria-invalid', 'false');
    this.mark(null);
  }

  typed() {
    this.mark(this.#bad);
    this.hands((hands) => hands.typed());
  }
  #key(event) {
    if (event.isComposing) return;
    if (this.#hands || event.key === 'ArrowUp') return void this.hands((hands) => hands.key(event));
    if (event.key !== 'Escape') return;
    this.input.blur();
    event.stopPropagation();
  }
  #scroll() {
    this.#copy.scrollLeft = this.input.scrollLeft;
  }

  // Colours the text, with a wave below the place that is wrong.
  mark(bad) {
    this.#bad = bad;
    const nodes = [];
    for (const { kind, text, start, not, field, op, value } of tokens(this.text)) {
      const wrong = bad && start < bad.end && start + text.length > bad.start;
      const part = (name, piece) => nodes.push(h('span', { class: name + (wrong ? ' bad' : '') }, piece));
      if (kind === 'space') nodes.push(text);
      else if (kind !== 'term') part('o', text);
      else if (!field) part(not ? 'n' : 'w', text);
      else {
        const head = text.slice(0, text.length - value.length - op.length);
        if (/^[-!]/.test(head)) part('n', head[0]);
        part('k', head.replace(/^[-!]/, ''));
        part('o', op);
        part('v', value);
      }
    }
    this.#copy.replaceChildren(...nodes);
    this.#scroll();
    this.#hint.hidden = this.text === this.#searched;
  }
}
