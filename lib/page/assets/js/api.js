// Asks the server. What fails throws: ApiError with the server's words, or Offline when nobody answers.

import { choice } from './choices.js';

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.fault = error.fault;
  }
}
export class Offline extends Error {
  constructor() {
    super('No connection');
  }
}

// How long a search may take before it says how far it came.
export const BUDGET = 2000;
// What "10:30" in a query means: a time of this place, or of UTC where the page shows that.
const zoneNow = () => (choice('tz') === 'utc' ? 0 : -new Date().getTimezoneOffset());
const LONGEST_ADDRESS = 6000;

export async function ask(path, parameters = {}, signal = undefined) {
  const zoned = 'q' in parameters && !path.startsWith('parse') ? { ...parameters, zone: zoneNow() } : parameters;
  const given = Object.entries(zoned).filter(([, value]) => value !== '' && value != null);
  const text = new URLSearchParams(given).toString();
  const long = text.length > LONGEST_ADDRESS;
  const how = long ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(Object.fromEntries(given)), signal } : { signal };
  let answer;
  try {
    answer = await fetch('/api/v1/' + path + (long || !text ? '' : '?' + text), how);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Offline();
  }
  return result(answer);
}

export async function post(path, body) {
  const answer = await fetch('/api/v1/' + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return result(answer);
}

async function result(answer) {
  const type = answer.headers.get('Content-Type') ?? '';
  const body = type.startsWith('application/json') ? await answer.json() : {};
  if (answer.ok) return body;
  throw new ApiError(answer.status, body.error ?? { code: 'failed', message: `the server answered ${answer.status}` });
}

// One request at a time: the next one aborts the one before, whose answer is not wanted any more.
export class Latest {
  #controller = null;

  next() {
    this.#controller?.abort();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }
  stop() {
    this.#controller?.abort();
    this.#controller = null;
  }
}
export const wasAborted = (error) => error.name === 'AbortError';
