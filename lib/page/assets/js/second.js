// The second script of a view: what nobody needs before the first key or click. It comes when the first page is painted and the browser idle, or as soon as somebody needs it.

import { choice } from './choices.js';
import { say } from './say.js';

const idle = window.requestIdleCallback ?? setTimeout;
let load, part = null;

// `loader` imports it; `arrived` gets it with the keys that were pressed before.
export function beginSecond(loader, arrived) {
  const held = [];
  const hold = (event) => {
    if (!isForIt(event, held.length > 0)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    held.push(event.key);
    second(() => {});
  };
  load = async () => {
    const module = await loader().catch((error) => {
      held.length = 0;
      throw error;
    });
    if (part) return;
    part = module;
    removeEventListener('keydown', hold, true);
    arrived(module, held);
  };
  addEventListener('keydown', hold, true);
  requestAnimationFrame(() => idle(() => second(() => {})));
}

// Calls `action` with what it exports: at once where it is there.
export const second = (action) => (part ? action(part) : void load().then(() => action(part), () => say('No connection')));

// Text is typed where it belongs, unless a key before it may still move the focus.
function isForIt({ target, key, ctrlKey, altKey, metaKey, isComposing }, any) {
  if (ctrlKey || altKey || metaKey || isComposing) return false;
  if (key.length > 1 ? !/^(?:Enter|Escape|Home|End|Arrow)/.test(key) : !any && choice('keys') === '0') return false;
  return any || (key !== ' ' && !target.closest(key === 'Enter' ? 'input, textarea, select, button, a, summary' : 'input, textarea, select'));
}
