// Copies, and says so; what is copied may be a link.

import { h } from './dom.js';
import { addressOf, TASTES } from './address.js';
import { choice } from './choices.js';
import { say } from './say.js';

export async function copy(text, said = 'Copied') {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Not a secure origin, or not allowed: the old way works on a click.
    const area = h('textarea', { class: 'unseen' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  say(said);
}

// The link to what somebody sees: absolute, with his columns and zone.
export function linkTo(state) {
  const url = new URL(addressOf(state), location.href);
  for (const name of TASTES) if (choice(name)) url.searchParams.set(name, choice(name));
  return url.href;
}
