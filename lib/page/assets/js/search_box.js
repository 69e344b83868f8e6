// The box whose text is the search: coloured as it is typed, judged by the server, completed from what the log holds.

import { button, debounced, h, iconButton, openDialog } from './dom.js';
import { ask, Latest, wasAborted } from './api.js';
import { asPhrase, looksPasted, tokens } from './query_text.js';
import { Completion } from './completion.js';
import { choice, remember } from './choices.js';
import { savedSearches } from './saved.js';

const PAUSE = 200;

export class SearchBox {
  #form;
  #input;
  #copy = h('div', { class: 'hl', 'aria-hidden': 'true' });
  #hint = h('span', { class: 'hint', hidden: true }, 'Enter to search');
  #fault = h('div', { class: 'qerror', role: 'alert', id: 'q_error', hidden: true });
  #place = null; // of the fault: {column, length}
  #parsing = new Latest();
  #completion;
  #searched = '';
  #recentAt = -1;
  #search;

  // search(q) is called when somebody wants it searched; range() is the time that values are counted in.
  constructor(form, { search, range, edit }) {
    this.#form = form;
    this.#search = search;
    const q = form.querySelector('#q'), box = q.parentElement;
    this.#input = h('input', { id: 'q', name: 'q', type: 'text', role: 'combobox', 'aria-label': 'Search the log', 'aria-expanded': 'false', 'aria-controls': 'completions',
      'aria-autocomplete': 'list', 'aria-describedby': 'q_error', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', placeholder: q.placeholder });
    this.#input.value = q.value;
    this.#searched = q.value;
    this.#completion = new Completion(this.#input, { range, taken: () => this.#typed(), search: () => this.submit() });
    q.replaceWith(h('div', { class: 'field-q' }, this.#copy, this.#input));
    box.append(this.#hint, h('kbd', { class: 'wide', 'aria-hidden': 'true' }, '/'), iconButton('star', 'Save this search (s)', () => savedSearches.save(this.text, range())),
      iconButton('form', 'Search by form', () => this.#openForm()), this.#completion.node);
    form.after(this.#fault);
    form.querySelector('#form_input').hidden = true;
    form.querySelectorAll('.more').forEach((node) => node.remove());
    this.#moveForm(edit);
    this.#listen();
    this.#colour();
  }

  get text() {
    return this.#input.value;
  }
  // Of another place: the address, a facet, a pattern.
  set text(q) {
    this.#input.value = q;
    this.#searched = q;
    this.#showFault(null);
    this.#colour();
  }

  focus() {
    this.#input.focus();
    this.#input.select();
  }

  submit() {
    this.#completion.close();
    this.#searched = this.text;
    this.#recentAt = -1;
    remember(this.text);
    this.#colour();
    this.#search(this.text);
  }

  // What the server found wrong with the text; null: nothing.
  showError(fault) {
    this.#showFault(fault);
  }

  #listen() {
    const input = this.#input;
    input.addEventListener('input', () => this.#typed());
    input.addEventListener('scroll', () => (this.#copy.scrollLeft = input.scrollLeft));
    input.addEventListener('paste', (event) => this.#pasted(event));
    input.addEventListener('keydown', (event) => this.#key(event));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  #pasted(event) {
    const text = event.clipboardData.getData('text');
    if (!looksPasted(text)) return;
    event.preventDefault();
    this.#input.setRangeText(asPhrase(text), this.#input.selectionStart, this.#input.selectionEnd, 'end');
    this.#typed();
  }

  #key(event) {
    if (event.isComposing || this.#completion.takes(event)) return;
    if (event.key === 'Escape') {
      this.#input.blur();
      event.stopPropagation();
    } else if (event.key === 'ArrowUp' || (event.key === 'ArrowDown' && this.#recentAt >= 0)) {
      const recent = choice('recent'), at = this.#recentAt + (event.key === 'ArrowUp' ? 1 : -1);
      if (at >= recent.length) return;
      event.preventDefault();
      this.#recentAt = Math.max(at, -1);
      this.#input.value = recent[this.#recentAt] ?? this.#searched;
      this.#completion.close();
      this.#colour();
    }
  }

  #typed() {
    this.#colour();
    this.#completion.update();
    this.#parse();
  }

  #parse = debounced(PAUSE, async () => {
    const q = this.text;
    try {
      const { valid, fault } = await ask('parse', { q }, this.#parsing.next());
      if (q === this.text) this.#showFault(valid ? null : fault);
    } catch (error) {
      if (!wasAborted(error)) this.#showFault(null);
    }
  });

  #colour() {
    const nodes = [], bad = this.#place;
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
    this.#copy.scrollLeft = this.#input.scrollLeft;
    this.#hint.hidden = this.text === this.#searched;
  }

  // Columns count code points, from 1.
  #showFault(fault) {
    const points = [...this.text], at = (column) => points.slice(0, column).join('').length;
    this.#place = fault && { start: at(fault.column - 1), end: Math.max(at(fault.column - 1 + fault.length), at(fault.column - 1) + 1) };
    this.#input.setAttribute('aria-invalid', fault ? 'true' : 'false');
    this.#colour();
    this.#fault.hidden = !fault;
    this.#fault.replaceChildren();
    if (!fault) return;
    const use = (text) => {
      this.#input.setRangeText(text, this.#place.start, this.#place.end, 'end');
      this.#input.focus();
      this.#showFault(null);
      this.#typed();
    };
    const wrong = this.text.slice(this.#place.start, this.#place.end);
    this.#fault.append(h('span', {}, h('b', {}, `Column ${fault.column}: `), fault.message));
    for (const name of fault.nearest) this.#fault.append(button(`Use ${name}`, () => use(name), { class: 'small' }));
    if (/^[\w.]+$/.test(wrong) && /unknown field/.test(fault.message)) this.#fault.append(button(`Search attribute ${wrong}`, () => use('attr.' + wrong), { class: 'small' }));
    this.#fault.append(button('Search it as text', () => {
      this.#input.value = asPhrase(this.text);
      this.submit();
    }, { class: 'small' }));
  }

  // The reference's form moves behind a button, its nodes as they are; the server turns what it asks into a text.
  #moveForm() {
    const fields = this.#form.querySelector('.fields');
    const form = h('form', { action: '/', method: 'get', class: 'byform' }, h('h2', { id: 'byform_title' }, 'Search by form'), fields, h('input', { type: 'hidden', name: 'q' }), h('input', { type: 'hidden', name: 't' }),
      h('div', { class: 'acts' }, h('input', { class: 'btn main', type: 'submit', value: 'Search' }), button('Cancel', () => this.#formDialog.close())));
    form.addEventListener('submit', () => {
      form.elements.q.value = this.text;
      form.elements.t.value = this.#form.elements.t.value;
    });
    this.#formDialog = h('dialog', { class: 'sheet', 'aria-labelledby': 'byform_title' }, form);
  }
  #formDialog;
  #openForm() {
    openDialog(this.#formDialog);
  }
}
