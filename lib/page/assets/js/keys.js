// Single keys, as lnav and others taught them. In a field they are letters; they can be switched off.

import { choice } from './choices.js';
import { openHelp } from './help.js';

const CHORD = 1500, VIEWS = { 'g l': '/', 'g p': '/patterns', 'g s': '/systems' };
const goTo = Object.fromEntries(Object.entries(VIEWS).map(([keys, path]) => [keys, () => [...document.querySelectorAll('.views a')].find(({ pathname }) => pathname === path).click()]));

// ofView: {'j': action, 'g p': action}; an action that answers false did not want the key. `held` was pressed before there was somebody to take it.
export function takeKeys(ofView, held) {
  const actions = { ...goTo, '?': openHelp, ...ofView };
  let first = '', timer = 0;
  const forget = () => {
    clearTimeout(timer);
    first = '';
  };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const { target, key } = event;
    if (document.querySelector('dialog[open]')) return;
    if (target.closest('input, textarea, select') && key !== 'Escape') return;
    if (choice('keys') === '0' && key.length === 1) return;
    // What a button or link does by itself.
    if (key === 'Enter' && target.closest('button, a, summary')) return;
    const name = first ? `${first} ${key}` : key, action = actions[name];
    forget();
    if (name === 'g') {
      first = 'g';
      timer = setTimeout(forget, CHORD);
      return event.preventDefault();
    }
    if (action && action(event) !== false) event.preventDefault();
  });
  held.forEach(press);
}

// As if it were pressed now.
function press(key) {
  const node = document.activeElement;
  if (!node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))) return;
  if (key === 'Enter') return node.form ? node.form.requestSubmit() : node.click();
  if (key.length > 1 || !node.setRangeText) return;
  node.setRangeText(key, node.selectionStart, node.selectionEnd, 'end');
  node.dispatchEvent(new InputEvent('input', { bubbles: true }));
}
