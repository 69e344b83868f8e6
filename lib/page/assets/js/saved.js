// Saved searches: they live in the store, have a name and an address, and are everybody's. This browser may pin some as tabs.

import { h } from './dom.js';
import { ask, post } from './api.js';
import { choice, choose } from './choices.js';

export const isPinned = ({ name }) => choice('pins').includes(name);
export const savedLink = ({ name }, properties) => h('a', { href: '/saved/' + encodeURIComponent(name), ...properties }, name);

class SavedSearches {
  all = [];
  changed = () => {}; // called when there are others, or others are pinned

  async load() {
    this.all = (await ask('saved').catch(() => ({ saved: [] }))).saved;
    this.changed();
  }
  pins({ q, t }) {
    const pins = this.all.filter(isPinned).map((saved) => savedLink(saved, { 'aria-current': saved.q === q && (saved.t ?? '') === t && 'page' }));
    return pins.length ? h('nav', { class: 'pins', 'aria-label': 'Pinned searches' }, pins) : '';
  }
  pin({ name }, on) {
    choose('pins', on ? [...choice('pins'), name] : choice('pins').filter((other) => other !== name));
    this.changed();
  }
  async add(name, q, t) {
    await post('saved', { name, q, t });
    return this.load();
  }
  async remove({ name }) {
    await post('saved/delete', { name });
    return this.load();
  }
}
export const savedSearches = new SavedSearches();
