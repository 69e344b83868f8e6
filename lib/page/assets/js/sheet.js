// Sheets that stand over the page: the focus is kept in them and given back.

import { button, h, iconButton } from './dom.js';
import sheetStyle from './sheet.css' with { type: 'css' };

document.adoptedStyleSheets.push(sheetStyle);

// Shows `dialog` modally.
export function openDialog(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus?.({ preventScroll: true });
  });
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.showModal();
}

// A sheet to read or to choose in; the answer closes it.
export function openSheet(title, name, ...nodes) {
  const close = () => dialog.close();
  const dialog = h('dialog', { class: 'sheet ' + name, 'aria-label': title }, h('h2', {}, title, iconButton('x', 'Close (Esc)', close)), nodes);
  openDialog(dialog);
  return close;
}

// A sheet with a form: `act` is called with its elements when `what` is pressed. What it throws is told in the sheet; what it returns is called when the sheet is closed.
export function askInSheet(title, what, fields, act, ...more) {
  const problem = h('p', { class: 'problem', role: 'alert' });
  const submit = async (event) => {
    event.preventDefault();
    try {
      const after = await act(form.elements);
      dialog.close();
      after?.();
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  const form = h('form', { method: 'dialog', submit }, h('h2', {}, title), fields, problem, h('div', { class: 'acts' }, h('button', { class: 'btn main' }, what), button('Cancel', () => dialog.close())), more);
  const dialog = h('dialog', { class: 'sheet small-sheet', 'aria-label': title }, form);
  openDialog(dialog);
  form.querySelector('input:not([type=radio])').focus();
  return problem;
}
