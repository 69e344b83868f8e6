// Saved searches: they live in the store, have a name and an address, and are everybody's.

import { button, h, openDialog } from './dom.js';
import { ask, post } from './api.js';
import { choice, choose } from './choices.js';
import { say } from './say.js';

const pinned = ({ name }) => choice('pins').includes(name);
const savedLink = ({ name }, properties) => h('a', { href: '/saved/' + encodeURIComponent(name), ...properties }, name);

class SavedSearches {
  all = [];
  changed = () => {}; // called when there are others, or others are pinned

  async load() {
    this.all = (await ask('saved').catch(() => ({ saved: [] }))).saved;
    this.changed();
  }
  // Those that this browser shows as tabs.
  pins(q, t) {
    return this.all.filter(pinned).map((saved) => savedLink(saved, { 'aria-current': saved.q === q && (saved.t ?? '') === t && 'page' }));
  }

  save(q, t) {
    const name = h('input', { name: 'name', required: true, maxlength: 64, autocomplete: 'off', id: 'saved_name' }), problem = h('p', { class: 'problem', role: 'alert' });
    const list = h('ul', { class: 'saved-names', 'aria-label': 'Saved searches' });
    const show = () => list.replaceChildren(...this.all.map((saved) => h('li', {}, savedLink(saved), button(pinned(saved) ? 'Unpin' : 'Pin', () => {
      choose('pins', pinned(saved) ? choice('pins').filter((pin) => pin !== saved.name) : [...choice('pins'), saved.name]);
      this.changed();
      show();
    }, { 'aria-label': `${pinned(saved) ? 'unpin' : 'pin'} ${saved.name}`, title: 'A tab above the filters' }), button('Remove', async () => {
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
