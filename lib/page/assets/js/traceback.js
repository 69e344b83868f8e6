// Python tracebacks as people read them: the last exception first, its causes below, frames of libraries folded.

import { choiceButtons, h, icon, plural } from './dom.js';
import { visible } from './texts.js';

const BEGIN = /^(?:Traceback|Stack) \(most recent call last\):$/;
const FRAME = /^ {2}File "(.*)", line (\d+)(?:, in (.*))?$/;
const CAUSES = {
  'The above exception was the direct cause of the following exception:': 'caused by',
  'During handling of the above exception, another exception occurred:': 'while handling',
};
const LIBRARY = /[\\/](?:site-packages|dist-packages)[\\/]([^\\/.]+)|[\\/]lib[\\/]python\d[\d.]*[\\/](?!(?:site|dist)-packages)([^\\/.]+)|^<frozen ([\w.]+)>/;

// [{frames: [{file, line, name, code, library}], says, why}], the last exception first; null: it is no traceback.
function parseTraceback(text) {
  const blocks = [];
  let block = null, why = '';
  for (const line of text.trimEnd().split(/\r?\n/)) {
    if (BEGIN.test(line)) {
      block = { frames: [], says: '', why };
      blocks.push(block);
      continue;
    }
    if (!block && !CAUSES[line]) {
      if (line.trim() && blocks.length === 0) return null;
      continue;
    }
    if (CAUSES[line]) {
      why = CAUSES[line];
      block = null;
      continue;
    }
    const frame = FRAME.exec(line);
    if (frame && !block.says) {
      const library = LIBRARY.exec(frame[1]);
      block.frames.push({ file: frame[1], line: frame[2], name: frame[3] ?? '', code: '', library: library ? library[1] ?? library[2] ?? library[3] : '' });
    } else if (/^ {2,}/.test(line) && !block.says && block.frames.length) {
      block.frames.at(-1).code += (block.frames.at(-1).code ? '\n' : '') + line.slice(4);
    } else {
      block.says += (block.says ? '\n' : '') + line;
    }
  }
  if (!blocks.some((each) => each.frames.length)) return null;
  // `why` of a block says how it came out of the one before: seen from the last one it belongs between both.
  return blocks.reverse();
}

function frameNode({ file, line, name, code }) {
  return h('div', { class: 'fr' }, h('div', { class: 'at' }, visible(shortFile(file)), name && [' ', h('b', {}, visible(name))], ':' + line), code && h('code', {}, visible(code)));
}
const shortFile = (file) => file.split(/[\\/]/).slice(-3).join('/');

function foldedNode(frames) {
  const libraries = [...new Set(frames.map((frame) => frame.library))].slice(0, 4).join(', ');
  const open = h('button', { type: 'button', class: 'fold', 'aria-expanded': 'false', click: () => open.replaceWith(...frames.map(frameNode)) }, icon('right'), `${plural(frames.length, 'frame')} in ${visible(libraries)}`);
  return open;
}

function blockNodes({ frames, says, why }, isLast) {
  const colon = says.search(/[:\n]|$/), own = frames.some((frame) => !frame.library), nodes = [];
  if (says) nodes.push(h('div', { class: 'exc' }, h('b', {}, visible(says.slice(0, colon))), visible(says.slice(colon))));
  for (let end = frames.length; end > 0;) {
    let begin = end - 1;
    if (frames[begin].library && own) {
      while (begin > 0 && frames[begin - 1].library) --begin;
      nodes.push(foldedNode(frames.slice(begin, end).reverse()));
    } else {
      nodes.push(frameNode(frames[begin]));
    }
    end = begin;
  }
  if (!isLast) nodes.push(h('div', { class: 'why' }, why || 'before that'));
  return nodes;
}

// The section of a record; text that does not parse is shown as it was sent.
export function tracebackSection(title, text) {
  const blocks = parseTraceback(text), raw = h('pre', { class: 'tb raw', tabindex: 0, role: 'region', 'aria-label': title + ' as sent' }, visible(text));
  if (!blocks) return h('section', {}, h('h3', {}, title), raw);
  const folded = h('div', { class: 'tb' }, blocks.flatMap((block, i) => blockNodes(block, i === blocks.length - 1)));
  const body = h('div', {}, folded), choices = choiceButtons({ folded: 'Folded', raw: 'Raw' }, 'folded', (form) => body.replaceChildren(form === 'raw' ? raw : folded));
  return h('section', {}, h('h3', {}, title, choices), body);
}
