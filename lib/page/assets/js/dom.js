// Makes nodes. Text from records gets into the page as text only: nothing here parses markup.

const SVG = 'http://www.w3.org/2000/svg';

function filled(node, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter((child) => child != null && child !== false));
  return node;
}

// h('p', {class: 'dim', click: action}, 'text', node): a function listens; what is null or false is left out.
export const h = (tag, properties, ...children) => filled(document.createElement(tag), properties, children);
export const s = (tag, properties, ...children) => filled(document.createElementNS(SVG, tag), properties, children);

export const icon = (name) => s('svg', { class: 'ic', 'aria-hidden': 'true' }, s('use', { href: '#i-' + name }));
export const levelMark = (band) => s('svg', { class: 'lv ' + band, 'aria-hidden': 'true' }, s('use', { href: '#lv-' + band }));
// What SVG's url(#hatch) refers to.
export const hatch = () => s('defs', {}, s('pattern', { id: 'hatch', width: 5, height: 5, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }, s('path', { d: 'M0 0V5', class: 'hatch' })));

// A button that says what it does in `text`, or by an icon, whose name is then its title.
export const button = (text, click, properties, iconName) =>
  h('button', { type: 'button', ...properties, class: 'btn ' + (properties?.class ?? ''), click }, iconName && icon(iconName), text);
export const iconButton = (iconName, title, click, properties) =>
  button(null, click, { title, 'aria-label': title, ...properties, class: 'quiet small ' + (properties?.class ?? '') }, iconName);
// One of `names` ({value: text}) is chosen; `choose` gets another.
export function choiceButtons(names, chosen, choose) {
  const all = Object.entries(names).map(([value, text]) => button(text, ({ currentTarget }) => {
    all.forEach((one) => one.setAttribute('aria-pressed', String(one === currentTarget)));
    choose(value);
  }, { class: 'small', 'aria-pressed': String(value === chosen) }));
  return h('span', { class: 'group' }, all);
}

// "1,234,567"
export const grouped = (number) => number.toLocaleString('en-US');
export const plural = (number, one, many = one + 's') => `${grouped(number)} ${number === 1 ? one : many}`;
// What the server counted: {exact} or {at_least}.
export const totalText = ({ exact, at_least: least }) => (exact == null ? 'at least ' : '') + grouped(exact ?? least);

// Calls `action` once, `milliseconds` after the last call.
export function debounced(milliseconds, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), milliseconds);
  };
}
