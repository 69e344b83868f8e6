// Makes nodes. Text from records gets into the page as text only: nothing here parses markup.

const SVG = 'http://www.w3.org/2000/svg';

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === false || value == null) continue;
    if (name === 'on') {
      for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    } else if (name === 'style') {
      for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...children.flat(9).filter((child) => child != null && child !== false));
  return node;
}

// h('p', {class: 'dim', on: {click}}, 'text', node): what is null or false is left out.
export const h = (tag, properties, ...children) => filled(document.createElement(tag), properties, children);
export const s = (tag, properties, ...children) => filled(document.createElementNS(SVG, tag), properties, children);

export const byId = (id) => document.getElementById(id);
export const icon = (name) => s('svg', { class: 'ic', 'aria-hidden': 'true' }, s('use', { href: '#i-' + name }));
export const levelMark = (band) => s('svg', { class: 'lv ' + band, 'aria-hidden': 'true' }, s('use', { href: '#lv-' + band }));

// A button that says what it does in `text`, or by an icon, whose name is then its title.
export function button(text, action, properties, iconName) {
  return h('button', { type: 'button', ...properties, class: 'btn ' + (properties?.class ?? ''), on: { click: action } }, iconName && icon(iconName), text);
}
export const iconButton = (iconName, title, action, properties) =>
  button(null, action, { title, 'aria-label': title, ...properties, class: 'quiet small ' + (properties?.class ?? '') }, iconName);

// "1,234,567", and "41.2 M" where there is no room.
export const grouped = (number) => number.toLocaleString('en-US');
export function short(number) {
  if (number < 10_000) return grouped(number);
  const [unit, name] = number < 1e6 ? [1e3, ' k'] : number < 1e9 ? [1e6, ' M'] : [1e9, ' G'];
  return (number / unit).toFixed(number / unit < 100 ? 1 : 0) + name;
}
export const plural = (number, one, many) => `${grouped(number)} ${number === 1 ? one : many}`;

// Shows `dialog` modally; the focus is kept within it and given back.
export function openDialog(dialog) {
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    before?.focus?.({ preventScroll: true });
  });
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.showModal();
}

// Calls `action` once, `milliseconds` after the last call.
export function debounced(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}

export async function copy(text) {
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
}

// The focus stays with what has the same name there.
export function replaceContents(place, ...nodes) {
  const nameOf = (node) => node.getAttribute('aria-label') ?? node.getAttribute('href'), focused = place.contains(document.activeElement) && nameOf(document.activeElement);
  place.replaceChildren(...nodes);
  if (focused) [...place.querySelectorAll('a, button')].find((node) => nameOf(node) === focused)?.focus();
}
