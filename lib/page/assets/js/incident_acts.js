// Says that somebody takes care of an incident, or that nobody is to hear of it for a while.

import { h } from './dom.js';
import { post } from './api.js';
import { visible } from './texts.js';
import { askInSheet } from './sheet.js';
import { say } from './say.js';

const SILENCES = { '1h': '1 hour', '4h': '4 hours', '1d': '1 day' };
const remark = (label) => [h('label', { for: 'act_text' }, label), h('input', { name: 'text', maxlength: 500, autocomplete: 'off', id: 'act_text' })];

function act(what, { title }, fields, path, bodyOf, done) {
  askInSheet(`${what}: ${visible(title)}`, what, fields, async (elements) => {
    await post(path, bodyOf(elements));
    say('Done');
    return () => done().catch(({ message }) => say(message));
  });
}

export function acknowledge(incident, done) {
  act('Acknowledge', incident, remark('What is being done'), `incidents/${incident.id}/ack`, ({ text }) => ({ note: text.value }), done);
}
export function silence(incident, done) {
  const { rule, key } = incident, times = Object.entries(SILENCES).map(([value, text], i) => h('label', {}, h('input', { type: 'radio', name: 'for', value, checked: i === 0 }), ' ', text));
  const fields = [h('div', { class: 'checks', role: 'radiogroup', 'aria-label': 'For how long' }, times), remark('Why')];
  act('Silence', incident, fields, 'silences', ({ for: time, text }) => ({ rule, key, for: time.value, reason: text.value }), done);
}
