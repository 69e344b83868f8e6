// What the box does for who types: completes, goes back in the history, tells what is wrong, offers the form, and saves.

import { button, debounced, h } from './dom.js';
import { ask, Latest, wasAborted } from './api.js';
import { asPhrase, looksPasted } from './query_edit.js';
import { Completion } from './completion.js';
import { choice } from './choices.js';
import { remember } from './recent.js';
import { openDialog } from './sheet.js';
import { saveSearch } from './saved_sheet.js';
import searchStyle from './search.css' with { type: 'css' };

document.adoptedStyleSheets.push(searchStyle);

const PAUSE = 200;

export class SearchHands {
  #box;
  #completion;
  #parsing = new Latest();
  #recentAt = -1;
  #form;

  constructor(box) {
    this.#box = box;
    this.#completion = new Completion(box);
    this.#form = formSheet(box);
    box.input.addEventListener('paste', (event) => this.#pasted(event));
  }

  complete() {
    this.#completion.update();
  }
  save() {
    saveSearch(this.#box.text, this.#box.range());
  }
  openForm() {
    openDialog(this.#form);
  }
  submitted() {
    remember(this.#box.text);
    this.#completion.close();
    this.#recentAt = -1;
  }

  typed() {
    this.complete();
    this.#parse();
  }
  #parse = debounced(PAUSE, async () => {
    const q = this.#box.text;
    try {
      const { valid, fault } = await ask('parse', { q }, this.#parsing.next());
      if (q === this.#box.text) this.#box.showFault(valid ? null : fault);
    } catch (error) {
      if (!wasAborted(error)) this.#box.showFault(null);
    }
  });
  #pasted(event) {
    const text = event.clipboardData.getData('text'), { input } = this.#box;
    if (!looksPasted(text)) return;
    event.preventDefault();
    input.setRangeText(asPhrase(text), input.selectionStart, input.selectionEnd, 'end');
    this.#box.typed();
  }

  key(event) {
    if (this.#completion.takes(event)) return;
    if (event.key === 'Escape') {
      this.#box.input.blur();
      event.stopPropagation();
    } else if (event.key === 'ArrowUp' || (event.key === 'ArrowDown' && this.#recentAt >= 0)) {
      const recent = choice('recent'), at = this.#recentAt + (event.key === 'ArrowUp' ? 1 : -1);
      if (at >= recent.length) return;
      event.preventDefault();
      this.#recentAt = at;
      this.#box.input.value = recent[at] ?? this.#box.searched;
      this.#completion.close();
      this.#box.showFault(null);
    }
  }

  // Columns count code points, from 1.
  showFault({ column, length, message, nearest }) {
    const box = this.#box, { input, text, fault } = box, points = [...text], at = (count) => points.slice(0, count).join('').length;
    const start = at(column - 1), end = Math.max(at(column - 1 + length), start + 1), wrong = text.slice(start, end);
    const use = (name) => {
      input.setRangeText(name, start, end, 'end');
      input.focus();
      box.showFault(null);
      box.typed();
    };
    const attribute = /^[\w.]+$/.test(wrong) && /unknown field/.test(message);
    fault.replaceChildren(h('span', {}, h('b', {}, `Column ${column}: `), message), ...nearest.map((name) => button(`Use ${name}`, () => use(name), { class: 'small' })),
      attribute ? button(`Search attribute ${wrong}`, () => use('attr.' + wrong), { class: 'small' }) : '', button('Search it as text', () => {
        input.value = asPhrase(text);
        box.submit();
      }, { class: 'small' }));
    fault.hidden = false;
    input.setAttribute('aria-invalid', 'true');
    box.mark({ start, end });
  }
}

// The reference's form moves behind a button, its nodes as they are; the server turns what it asks into a text.
function formSheet({ input, form }) {
  const submit = () => {
    sent.elements.q.value = input.value;
    sent.elements.t.value = form.elements.t.value;
  };
  const fields = form.querySelector('.fields'), hidden = (name) => h('input', { type: 'hidden', name });
  const sent = h('form', { action: '/', method: 'get', class: 'byform', submit }, h('h2', {}, 'Search by form'), fields, hidden('q'), hidden('t'),
    h('div', { class: 'acts' }, h('input', { class: 'btn main', type: 'submit', value: 'Search' }), button('Cancel', () => dialog.close())));
  const dialog = h('dialog', { class: 'sheet', 'aria-label': 'Search by form' }, sent);
  fields.hidden = false;
  return dialog;
}
