// Asks the server. What fails throws: ApiError with the server's words, or Offline when nobody answers.

import { choice } from './choices.js';

export class ApiError extends Error {
  constructor({ message, fault }) {
    super(message);
    this.fault = fault;
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

export function ask(path, parameters = {}, signal = undefined) {
  const zoned = 'q' in parameters && !path.startsWith('parse') ? { ...parameters, zone: zoneNow() } : parameters;
  const given = Object.entries(zoned).filter(([, value]) => value !== '' && value != null);
  const text = new URLSearchParams(given).toString();
  return text.length > LONGEST_ADDRESS ? post(path, Object.fromEntries(given), signal) : send(path + (text && '?' + text), { signal });
}
export const post = (path, body, signal) => send(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal });

async function send(path, how) {
  const answer = await fetch('/api/v1/' + path, how).catch((error) => {
    throw wasAborted(error) ? error : new Offline();
  });
  const body = answer.headers.get('Content-Type')?.startsWith('application/json') ? await answer.json() : {};
  if (answer.ok) return body;
  throw new ApiError(body.error ?? { message: `the server answered ${answer.status}` });
}

// One request at a time: the next one aborts the one before, whose answer is not wanted any more.
export class Latest {
  #controller = null;

  next() {
    this.stop();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }
  stop() {
    this.#controller?.abort();
  }
}
export const wasAborted = (error) => error.name === 'AbortError';
