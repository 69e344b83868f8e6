// Incidents: what is wrong now, who takes care of it, and the buttons to say so.

import { button, grouped, h, levelMark, openDialog, plural } from './dom.js';
import { ask, BUDGET, post } from './api.js';
import { levelText } from './levels.js';
import { shortTime, spanText } from './times.js';
import { visible, withoutColours } from './texts.js';
import { say } from './say.js';

const SILENCES = { '1h': '1 hour', '4h': '4 hours', '1d': '1 day' };

export class Incidents {
  #place = document.querySelector('#incidents');
  #open = [];

  get count() {
    return this.#open.filter(({ phase }) => phase === 'firing').length;
  }

  async load(signal) {
    const { incidents } = await ask('incidents', {}, signal);
    const ids = [...new Set(incidents.map(({ last_id: id }) => id).filter(Boolean))];
    const evidence = ids.length ? await ask('records', { q: `id:(${ids.join(' or ')})`, fields: 'id,received,level,level_name,system,subsystem,message', limit: ids.length, budget_ms: BUDGET }, signal) : { records: [] };
    const lines = new Map(evidence.records.map((record) => [record.id, record]));
    this.#open = incidents.map((incident) => ({ ...incident, line: lines.get(incident.last_id) }));
    this.#draw();
  }

  // The next one, or the one before.
  walk(by) {
    const all = [...this.#place.querySelectorAll('.inc')], at = all.indexOf(document.activeElement.closest('.inc'));
    all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  }
  // Presses a button of the incident that has the focus.
  press(name) {
    const one = document.activeElement.closest('.inc')?.querySelector('.' + name);
    return one ? one.click() : false;
  }

  #draw() {
    const focused = document.activeElement.closest?.('.inc')?.dataset.id;
    const note = this.#open.length ? 'open, the newest first' : 'none is open';
    this.#place.replaceChildren(h('h2', {}, 'Incidents ', h('small', {}, note)), h('ul', {}, this.#open.map((incident) => this.#one(incident))));
    if (focused) this.#place.querySelector(`.inc[data-id="${focused}"]`)?.focus();
    tellBadge(this.#open);
  }

  #one(incident) {
    const { id, title, rule, line, acknowledged } = incident, name = visible(title || rule);
    return h('li', { class: 'inc' + (acknowledged ? ' known' : ''), 'data-id': id, tabindex: -1 }, stateOfIncident(incident),
      h('div', {}, h('h3', {}, h('a', { href: '/incident/' + id }, name)), h('p', {}, story(incident)), line && h('p', { class: 'evidence' }, evidenceText(line))),
      h('div', { class: 'inc-acts' }, line && h('a', { class: 'btn small', href: '/?around=' + line.id }, 'Lines around it'),
        !acknowledged && button('Acknowledge', () => this.#acknowledge(incident), { class: 'small ack', 'aria-label': `acknowledge ${name}`, title: 'Somebody takes care of it (a)' }),
        button('Silence', () => this.#silence(incident), { class: 'small silence', 'aria-label': `silence ${name}`, title: 'Tell nobody for a while (s)' })));
  }

  #acknowledge({ id, title }) {
    const note = h('input', { name: 'note', maxlength: 500, autocomplete: 'off', id: 'act_text' });
    this.#askFor(title, 'Acknowledge', [h('label', { for: 'act_text' }, 'What is being done'), note], () => post(`incidents/${id}/ack`, { note: note.value }), 'Acknowledged');
  }
  #silence({ rule, key, title }) {
    const reason = h('input', { name: 'reason', maxlength: 500, autocomplete: 'off', id: 'act_text' });
    const times = Object.entries(SILENCES).map(([time, text], i) => h('label', {}, h('input', { type: 'radio', name: 'for', value: time, checked: i === 0 }), ' ', text));
    const fields = [h('div', { class: 'checks', role: 'radiogroup', 'aria-label': 'For how long' }, times), h('label', { for: 'act_text' }, 'Why'), reason];
    this.#askFor(title, 'Silence', fields, (form) => post('silences', { rule, key, for: form.elements.for.value, reason: reason.value }), 'Silenced');
  }

  #askFor(title, what, fields, action, done) {
    const problem = h('p', { class: 'problem', role: 'alert' });
    const form = h('form', { method: 'dialog' }, h('h2', { id: 'act_title' }, `${what}: ${visible(title)}`), fields, problem, h('div', { class: 'acts' }, h('button', { class: 'btn main' }, what), button('Cancel', () => dialog.close())));
    const dialog = h('dialog', { class: 'sheet small-sheet', 'aria-labelledby': 'act_title' }, form);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      try {
        await action(form);
        dialog.close();
        say(done);
        await this.load();
      } catch (error) {
        problem.textContent = error.message;
      }
    });
    openDialog(dialog);
    form.querySelector('#act_text').focus();
  }
}

function stateOfIncident({ phase, opened, acknowledged }) {
  const bad = phase === 'firing' && !acknowledged, age = spanText(Date.now() - Date.parse(opened));
  return h('span', { class: 'state ' + (bad ? 'bad' : 'meh'), title: opened }, levelMark(bad ? 'error' : 'warning'), phase === 'pending' ? `pending ${age}` : `open ${age}`);
}

function story({ rule, key, title, count, detail, openings_24h: openings, acknowledged, told, reminders, escalated, opened }) {
  const parts = [`Rule ${visible(rule)}`, key && key !== title ? `key ${visible(key)}` : '', plural(count, 'record', 'records'), `since ${shortTime(Date.parse(opened))}`, openings > 1 ? `opened ${grouped(openings)} times within a day` : ''];
  const reminded = reminders ? `, reminded ${plural(reminders, 'time', 'times')}` : '';
  return [parts.filter(Boolean).join(', '), detail ? `: ${visible(detail)}` : '', '. ', told.length ? `Told: ${told.map(visible).join(', ')}${reminded}${escalated ? ', escalated' : ''}.` : 'Nobody was told.',
    acknowledged && [' ', h('b', {}, visible(acknowledged.by)), ' takes care of it', acknowledged.note ? `: ${visible(acknowledged.note)}` : '', '.']];
}

const evidenceText = ({ received, level, level_name: name, system, subsystem, message }) =>
  [shortTime(Date.parse(received)), visible(levelText(name, level)), visible(system ?? ''), visible(subsystem ?? ''), visible(withoutColours(message ?? '').slice(0, 300))].filter(Boolean).join('  ');

// At the view's name in the head: how many are open; red while nobody takes care of some.
function tellBadge(open) {
  const firing = open.filter(({ phase }) => phase === 'firing'), fresh = firing.filter(({ acknowledged }) => !acknowledged).length;
  const link = [...document.querySelectorAll('.views a')].find(({ pathname }) => pathname === '/systems');
  link.querySelector('.badge')?.remove();
  if (firing.length) link.append(h('span', { class: 'badge' + (fresh ? '' : ' known'), title: `${firing.length} open, ${fresh} not acknowledged` }, levelMark(fresh ? 'error' : 'warning'), String(firing.length), h('span', { class: 'unseen' }, ' open incidents')));
}
