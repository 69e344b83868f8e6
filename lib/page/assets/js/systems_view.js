// Systems: one lane for each sender on one time axis, the worst first. Ages go on by themselves; nothing is asked for twice.

import { button, choiceButtons, grouped, h, hatch, icon, levelMark, plural, s } from './dom.js';
import { ask, BUDGET, Latest, wasAborted } from './api.js';
import { bandOf } from './levels.js';
import { quoted } from './query_edit.js';
import { shortTime, spanText } from './times.js';
import { rangeOf, spanOf } from './ranges.js';
import { visible } from './texts.js';
import { pushAddress, readAddress } from './address.js';
import { announce } from './say.js';
import { Incidents } from './incidents.js';

const BARS = 90, AT_ONCE = 4, TICK = 1000, QUIET_BARS = 3, REGULAR = 0.8, MOST_SENDERS = 200;
const RANGES = { '6h': '6 h', '24h': '24 h', '7d': '7 d' };
const WORST = ['silent', 'quiet', 'errors', 'asking', 'well', 'none'];

export class SystemsView {
  #state = readAddress();
  #place = document.querySelector('#systems');
  #sum = document.querySelector('.bar .sum');
  #tools = h('div', { class: 'tools' });
  #asking = new Latest();
  #senders = [];
  #waited = []; // what rules of heartbeats wait for
  #from = 0;
  #to = 0;
  incidents = new Incidents();

  constructor() {
    this.#state.t ||= '6h';
    document.querySelector('.bar').append(this.#tools);
    setInterval(() => this.#tick(), TICK);
    this.#drawTools();
    this.#run();
  }
  restore() {
    this.#state = readAddress();
    this.#state.t ||= '6h';
    this.#drawTools();
    this.#run();
  }

  async #run() {
    const signal = this.#asking.next();
    this.#to = Date.now();
    this.#from = this.#to - (spanOf(this.#state.t) ?? 6 * 3_600_000);
    try {
      const [heard, { senders }] = await Promise.all([ask('systems', { budget_ms: BUDGET }, signal), ask('senders', {}, signal), this.incidents.load(signal), this.#tellLinks(signal)]);
      this.#waited = senders;
      this.#senders = merged(heard.systems).slice(0, MOST_SENDERS);
      this.#draw();
      const open = this.incidents.count;
      this.#sum.replaceChildren(...(open ? [h('b', {}, plural(open, 'open incident')), ', '] : []), h('b', {}, plural(new Set(this.#senders.map(({ system }) => system)).size, 'system')), ` on ${plural(new Set(this.#senders.map(({ subsystem }) => subsystem)).size, 'host')}`);
      const waiting = [...this.#senders];
      await Promise.all(Array.from({ length: AT_ONCE }, async () => {
        for (let sender = waiting.shift(); sender; sender = waiting.shift()) await this.#loadLane(sender, signal);
      }));
      this.#draw();
      const bad = this.#senders.filter(({ state }) => state === 'quiet' || state === 'silent').length;
      announce(`${plural(this.#senders.length, 'sender')}, ${bad} quiet`);
    } catch (error) {
      if (!wasAborted(error)) this.#place.querySelector('h2').after(h('div', { class: 'note', role: 'status' }, levelMark('error'), h('span', {}, error.message), button('Try again', () => this.#run(), { class: 'small' })));
    }
  }

  async #loadLane(sender, signal) {
    try {
      const { from, width_us, bars } = await ask('histogram', { q: sender.query, t: rangeOf(this.#from, this.#to), most: BARS, budget_ms: BUDGET }, signal);
      const start = Date.parse(from), width = width_us / 1000;
      sender.bars = bars.map((levels, i) => {
        const counts = Object.entries(levels), sum = (wanted) => counts.reduce((total, [level, count]) => total + (wanted(bandOf(Number(level))) ? count : 0), 0);
        return { from: start + i * width, to: start + (i + 1) * width, all: sum(() => true), errors: sum((band) => band === 'error' || band === 'critical') };
      });
      sender.inRange = sender.bars.reduce((sum, { all }) => sum + all, 0);
      sender.errors = sender.bars.reduce((sum, { errors }) => sum + errors, 0);
      sender.state = this.#waitersOf(sender).some(({ state }) => state === 'silent') ? 'silent' : stateOf(sender, this.#to);
    } catch (error) {
      if (wasAborted(error)) throw error;
      sender.problem = error.message;
      sender.state = 'none';
    }
    this.#place.querySelector(`tr[data-key="${sender.key}"]`)?.replaceWith(this.#row(sender));
  }

  // What rules wait for in this lane, what is silent first. A rule may look at fields that a lane does not tell apart: the others have to agree.
  #waitersOf({ parts }) {
    const agrees = (part) => ([field, value]) => !(field in part) || part[field] === value;
    const waits = ({ fields }) => Object.keys(fields).some((field) => field in parts[0]) && parts.some((part) => Object.entries(fields).every(agrees(part)));
    return this.#waited.filter(waits).sort((a, b) => (b.state === 'silent') - (a.state === 'silent'));
  }

  // How the destinations fare, beside what the server has written of them.
  async #tellLinks(signal) {
    const rows = [...document.querySelectorAll('#going tr[data-name]')];
    if (!rows.length) return;
    const { destinations } = await ask('status', {}, signal).catch((error) => (wasAborted(error) ? Promise.reject(error) : { destinations: [] }));
    for (const row of rows) {
      const found = destinations.find(({ name }) => name === row.dataset.name);
      if (!found) continue;
      const { connected, last_error: problem = '' } = found;
      row.querySelector('.link-state').replaceChildren(h('span', { class: 'state ' + (connected ? 'good' : 'bad'), title: visible(problem) }, connected ? icon('ok') : levelMark('error'), connected ? 'connected' : `away: ${visible(problem)}`));
    }
  }

  #drawTools() {
    this.#tools.replaceChildren(choiceButtons(RANGES, this.#state.t, (t) => {
      this.#state.t = t;
      pushAddress(this.#state);
      this.#run();
    }));
  }

  #draw() {
    if (this.#senders.length === 0) return;
    const sorted = [...this.#senders].sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || b.errors - a.errors || b.last - a.last);
    const columns = [['', 'State', 'c-state'], ['', 'System', 'c-system'], ['', 'Host', 'c-hosts'], ['p-hide', `${shortTime(this.#from)} to ${shortTime(this.#to)}`, ''], ['', 'Last record', 'c-last'], ['c-hide', 'Expected', 'c-expected'], ['num p-hide', 'Records', 'c-records'], ['num p-hide', 'Errors', 'c-errors']];
    this.#place.replaceChildren(s('svg', { class: 'sprite', 'aria-hidden': 'true' }, hatch()), h('h2', {}, 'Systems', h('small', {}, `one lane each: records over ${RANGES[this.#state.t] ?? this.#state.t}, errors in front, hatched where nothing came`)),
      h('table', { class: 't systems' }, h('colgroup', {}, columns.map(([hide, , size]) => h('col', { class: `${hide.replace('num', '')} ${size}` }))), h('thead', {}, h('tr', {}, columns.map(([name, text]) => h('th', { class: name, scope: 'col' }, text)))), h('tbody', {}, sorted.map((sender) => this.#row(sender)))));
  }

  #row(sender) {
    const href = '/?' + new URLSearchParams({ q: sender.query });
    const state = { silent: ['bad', levelMark('error'), 'silent'], quiet: ['bad', levelMark('error'), 'quiet'], errors: ['meh', levelMark('warning'), 'errors'], well: ['good', icon('ok'), 'well'], none: ['', null, sender.problem ?? 'nothing here'], asking: ['', null, '…'] }[sender.state];
    return h('tr', { 'data-key': sender.key }, h('td', {}, h('span', { class: 'state ' + state[0] }, state[1], state[2])), h('td', { class: 'mono' }, h('a', { href }, h('b', {}, visible(sender.system || 'None')))), h('td', { class: 'mono' }, visible(sender.subsystem)),
      h('td', { class: 'p-hide' }, this.#lane(sender)), h('td', { class: 'mono age', 'data-time': sender.last, title: new Date(sender.last).toISOString() }, ageText(sender.last)), this.#expected(sender), h('td', { class: 'num mono p-hide' }, sender.bars ? grouped(sender.inRange) : ''),
      h('td', { class: 'num mono p-hide' }, sender.bars ? grouped(sender.errors) : ''));
  }

  // Of one rule that waits for all of the lane what it expects, of others their names, too.
  #expected(sender) {
    const waiters = this.#waitersOf(sender), [first] = waiters, whole = first && Object.keys(first.fields).every((field) => ['system', 'subsystem'].includes(field));
    const all = waiters.map((each) => `${visible(each.rule)}, ${visible(each.key)}: ${expectedText(each)}, ${each.state}`).join('\n');
    return h('td', { class: 'c-hide', title: all || null }, first && [expectedText(first), waiters.length > 1 || !whole ? ` (${visible(first.rule)}${waiters.length > 1 ? ` and ${waiters.length - 1} more` : ''})` : '']);
  }

  #lane({ bars = [], last, state }) {
    const x = (time) => ((time - this.#from) / (this.#to - this.#from)) * 360, most = Math.max(1, ...bars.map(({ all }) => all));
    const silent = state === 'quiet' || state === 'silent', text = silent ? `records until ${shortTime(last)}, quiet since` : bars.length ? `${plural(bars.reduce((sum, { all }) => sum + all, 0), 'record')}` : 'no records';
    const nodes = bars.flatMap(({ from, to, all, errors }) => {
      const size = (count) => (count ? Math.max(2.5, (count / most) * 17) : 0), at = { x: x(from) + 0.4, width: Math.max(1, x(to) - x(from) - 0.8) };
      return [all > 0 && s('rect', { class: 'on', ...at, y: 19 - size(all), height: size(all) }), errors > 0 && s('rect', { class: 'er', ...at, y: 19 - size(errors), height: size(errors) })].filter(Boolean);
    });
    if (silent) nodes.push(s('rect', { class: 'hole', x: x(last), y: 2, width: Math.max(0, 360 - x(last)), height: 17 }));
    return s('svg', { class: 'lane', viewBox: '0 0 360 20', preserveAspectRatio: 'none', role: 'img', 'aria-label': text }, s('path', { class: 'base', d: 'M0 19.5H360' }), nodes);
  }

  #tick() {
    for (const cell of this.#place.querySelectorAll('.age')) cell.textContent = ageText(Number(cell.dataset.time));
  }
}

function expectedText({ usual_interval_us: usual, condition, state }) {
  if (usual != null) return `every ${spanText(usual / 1000)}, learnt`;
  if (condition === 'learn') return state;
  return condition ? `${condition === 'due' ? 'when due' : 'within ' + condition}, listed` : '';
}
const ageText = (time) => `${spanText(Math.max(0, Date.now() - time))} ago`;

// One lane for each system and host, whatever parts and products they have.
function merged(systems) {
  const senders = new Map();
  for (const { system, subsystem, subsubsystem, product, records, last } of systems) {
    const key = `${system}\t${subsystem}`, time = Date.parse(last), sender = senders.get(key), part = { system, subsystem, subsubsystem, product };
    if (sender) {
      sender.parts.push(part);
      sender.records += records;
      sender.last = Math.max(sender.last, time);
      continue;
    }
    const query = [`system:${system ? quoted(system) : 'None'}`, `subsystem:${subsystem ? quoted(subsystem) : 'None'}`].join(' ');
    senders.set(key, { key: String(senders.size), system, subsystem, parts: [part], query, records, last: time, state: 'asking', errors: 0 });
  }
  return [...senders.values()];
}

// Quiet is who was heard in nearly every bar, and then in none: no list of senders is needed for that.
function stateOf({ bars, errors, last, inRange }, now) {
  if (!inRange) return 'none';
  const width = bars[0].to - bars[0].from, heard = bars.filter(({ from }) => from <= last), regular = heard.filter(({ all }) => all > 0).length / Math.max(heard.length, 1);
  if (heard.length > 2 * QUIET_BARS && regular >= REGULAR && now - last > QUIET_BARS * width) return 'quiet';
  return errors > 0 ? 'errors' : 'well';
}
