// Incidents: what is wrong now, who takes care of it, and the buttons to say so.

import { button, grouped, h, levelMark, plural } from './dom.js';
import { second } from './second.js';
import { ask, BUDGET } from './api.js';
import { levelText } from './levels.js';
import { shortTime, spanText } from './times.js';
import { visible, withoutColours } from './texts.js';

const MOST_DRAWN = 100, PAGE_OF_THEM = 1000;

export class Incidents {
  #place = document.querySelector('#incidents');
  #open = [];

  get count() {
    return this.#open.filter(({ phase }) => phase === 'firing').length;
  }

  async load(signal) {
    const incidents = await allOpen(signal);
    const ids = [...new Set(incidents.slice(0, MOST_DRAWN).map(({ last_id: id }) => id).filter(Boolean))];
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
    const incident = this.#open.find(({ id }) => String(id) === document.activeElement.closest('.inc')?.dataset.id);
    return incident ? this.#act(name, incident) : false;
  }

  #draw() {
    const focused = document.activeElement.closest?.('.inc')?.dataset.id;
    const many = this.#open.length - MOST_DRAWN, note = this.#open.length ? `open, the newest first${many > 0 ? `, and ${grouped(many)} older ones` : ''}` : 'none is open';
    this.#place.replaceChildren(h('h2', {}, 'Incidents ', h('small', {}, note)), h('ul', {}, this.#open.slice(0, MOST_DRAWN).map((incident) => this.#one(incident))));
    if (focused) this.#place.querySelector(`.inc[data-id="${focused}"]`)?.focus();
    tellBadge(this.#open);
  }

  #one(incident) {
    const { id, title, rule, line, acknowledged } = incident, name = visible(title || rule);
    return h('li', { class: 'inc' + (acknowledged ? ' known' : ''), 'data-id': id, tabindex: -1 }, stateOfIncident(incident),
      h('div', {}, h('h3', {}, h('a', { href: '/incident/' + id }, name)), h('p', {}, story(incident)), line && h('p', { class: 'evidence' }, evidenceText(line))),
      h('div', { class: 'inc-acts' }, line && h('a', { class: 'btn small', href: '/?around=' + line.id }, 'Lines around it'),
        !acknowledged && button('Acknowledge', () => this.#act('acknowledge', incident), { class: 'small ack', 'aria-label': `acknowledge ${name}`, title: 'Somebody takes care of it (a)' }),
        button('Silence', () => this.#act('silence', incident), { class: 'small silence', 'aria-label': `silence ${name}`, title: 'Tell nobody for a while (s)' })));
  }

  #act(name, incident) {
    return second((acts) => acts[name](incident, () => this.load()));
  }
}

// Page by page: how many there are is told by the badge.
async function allOpen(signal) {
  const all = [];
  for (let before = ''; before != null;) {
    const { incidents, next } = await ask('incidents', { limit: PAGE_OF_THEM, before }, signal);
    all.push(...incidents);
    before = next;
  }
  return all;
}

function stateOfIncident({ phase, opened, acknowledged }) {
  const bad = phase === 'firing' && !acknowledged, age = spanText(Date.now() - Date.parse(opened));
  return h('span', { class: 'state ' + (bad ? 'bad' : 'meh'), title: opened }, levelMark(bad ? 'error' : 'warning'), phase === 'pending' ? `pending ${age}` : `open ${age}`);
}

function story({ rule, key, title, count, detail, openings_24h: openings, acknowledged, told, reminders, escalated, opened }) {
  const parts = [`Rule ${visible(rule)}`, key && key !== title ? `key ${visible(key)}` : '', plural(count, 'record'), `since ${shortTime(Date.parse(opened))}`, openings > 1 ? `opened ${grouped(openings)} times within a day` : ''];
  const reminded = reminders ? `, reminded ${plural(reminders, 'time')}` : '';
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
