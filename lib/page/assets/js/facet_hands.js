// What can be done with the facets: others, more values, the key -, and counts that go on.

import { h } from './dom.js';
import { wasAborted } from './api.js';
import { levelName } from './levels.js';
import { choice, choose } from './choices.js';
import { FIELDS } from './fields.js';

const SUGGESTED = ['subsubsystem', 'product', 'user1', 'user2', 'logger', 'function', 'file', 'process', 'thread_name'];

export function toggleField(facets, field) {
  facets.open.delete(field) || facets.open.add(field);
  facets.loadFields([field]).catch(() => facets.draw());
}
function keepFields(facets, fields) {
  choose('facets', fields);
  facets.draw();
}
export const removeField = (facets, field) => keepFields(facets, choice('facets').filter((other) => other !== field));
async function addField(facets, field) {
  try {
    await facets.loadFields([field]);
    keepFields(facets, [...choice('facets'), field]);
  } catch (error) {
    if (!wasAborted(error)) facets.draw(error.message);
  }
}

export function addFacetHands(facets) {
  const input = h('input', { list: 'facet_fields', 'aria-label': 'Field to add', placeholder: 'Add field', autocomplete: 'off' });
  const submit = (event) => {
    event.preventDefault();
    const given = input.value.trim(), field = given in FIELDS || given.startsWith('attr.') ? given : 'attr.' + given;
    input.value = '';
    if (given && !facets.fields.includes(field)) addField(facets, field);
  };
  facets.node.append(h('form', { class: 'add-field', submit }, input, h('datalist', { id: 'facet_fields' }, SUGGESTED.map((value) => h('option', { value })))));
  // `-` on a value is without it.
  facets.node.addEventListener('keydown', (event) => {
    const value = event.target.closest('.fv');
    if (event.key !== '-' || !value) return;
    value.querySelector('.not').click();
    event.preventDefault();
    event.stopPropagation();
  });
}

// While records come in, the counts of what they have go on.
export function countInFacets(facets, { level, names, version, exception }) {
  for (const [field, value] of Object.entries({ level: levelName(level), system: names[0], subsystem: names[1], version, exception })) {
    const one = facets.found.get(field)?.values.find((each) => each.value === value);
    if (one) one.records += 1;
  }
}
