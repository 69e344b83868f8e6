// Saves a search, and lists those that are.

import { button, h } from './dom.js';
import { askInSheet } from './sheet.js';
import { isPinned, savedLink, savedSearches } from './saved.js';
import { say } from './say.js';

export function saveSearch(q, t) {
  const name = h('input', { name: 'name', required: true, maxlength: 64, autocomplete: 'off', id: 'saved_name' }), list = h('ul', { class: 'saved-names', 'aria-label': 'Saved searches' });
  const show = () => list.replaceChildren(...savedSearches.all.map((saved) => {
    const pinned = isPinned(saved), pin = pinned ? 'Unpin' : 'Pin';
    return h('li', {}, savedLink(saved), button(pin, () => {
      savedSearches.pin(saved, !pinned);
      show();
    }, { 'aria-label': `${pin.toLowerCase()} ${saved.name}`, title: 'A tab above the filters' }), button('Remove', () => savedSearches.remove(saved).then(show, (error) => (problem.textContent = error.message))));
  }));
  show();
  const fields = [h('p', { class: 'mono' }, [q || 'all records', t].filter(Boolean).join(', ')), h('label', { for: 'saved_name' }, 'Name'), name];
  const problem = askInSheet('Save this search', 'Save', fields, async () => {
    await savedSearches.add(name.value.trim(), q, t);
    say(`Saved as ${name.value.trim()}`);
  }, list);
}
