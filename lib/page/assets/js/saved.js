// Saved searches: they live in the store, have a name and an address, and are everybody's.

import { button, h, openDialog } from './dom.js';
import { ask, post } from './api.js';
import { say } from './say.js';

class SavedSearches {
  all = [];
  async load() {
    this.all = (await ask('saved').catch(() => ({ saved: [] }))).saved;
  }

  save(q, t) {
    const name = h('input', { name: 'name', required: true, maxlength: 64, autocomplete: 'off', id: 'saved_name' }), problem = h('p', { class: 'problem', role: 'alert' });
    const list = h('ul', { class: 'saved-names', 'aria-label': 'Saved searches' });
    const show = () => list.replaceChildren(...this.all.map((saved) => h('li', {}, h('a', { href: '/saved/' + encodeURIComponent(saved.name) }, saved.name), button('Remove', async () => {
      await this.remove(saved.name).catch((error) => { problem.textContent = error.message; });
      show();
    }))));
    show();
    const form = h('form', { method: 'dialog' }, h('h2', { id: 'saved_title' }, 'Save this search'), h('p', { class: 'mono' }, [q || 'all records', t].filter(Boolean).join(', ')),
      h('label', { for: 'saved_name' }, 'Name'), name, problem,
      h('div', { class: 'acts' }, h('button', { class: 'btn main' }, 'Save'), button('Cancel', () => dialog.close())), list);
    const dialog = h('dialog', { class: 'sheet small-sheet', 'aria-labelledby': 'saved_title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await post('saved', { name: name.value.trim(), q, t });
        await this.load();
        dialog.close();
        say(`Saved as ${name.value.trim()}`);
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    openDialog(dialog);
    name.focus();
  }

  async remove(name) {
    await post('saved/delete', { name });
    return this.load();
  }
}
export const savedSearches = new SavedSearches();
