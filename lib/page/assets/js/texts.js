// Texts of records as they are shown: hidden characters visible, terminal colours gone, long ones cut.

import { h } from './dom.js';

// As the server does it: html.cpp.
export const HIDDEN =
  /[\0-\b\v-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;
const ANSI = /\x1b(?:\[[^@-~]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.?)/gs;

export const visible = (text) =>
  text.replaceAll('\r\n', '\n').replace(HIDDEN, (character) => `[U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`);
export const withoutColours = (text) => text.replace(ANSI, '');

export function cut(text, most) {
  if (text.length <= most) return text;
  const end = /[\ud800-\udbff]/.test(text[most - 1]) ? most - 1 : most;
  return text.slice(0, end);
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// What finds these words in a text, in any case; null where there are none.
export const finderOf = (words) => (words.length ? new RegExp(words.map(escaped).join('|'), 'giu') : null);

// Puts the text into the node, with `finder`'s matches marked.
export function putMarked(node, text, finder) {
  if (!finder) return node.append(text);
  let last = 0;
  for (const match of text.matchAll(finder)) {
    node.append(text.slice(last, match.index), h('mark', {}, match[0]));
    last = match.index + match[0].length;
  }
  node.append(text.slice(last));
}

// The line of a traceback that names the exception, as the server finds it: log_rows.cpp.
function exceptionLine(trace) {
  const lines = trace.trimEnd().split('\n');
  for (let i = lines.length - 1; i > 0; --i)
    if (lines[i] && !lines[i].startsWith(' ') && lines[i - 1].startsWith(' ')) return lines[i];
  return lines.at(-1);
}
export const exceptionType = (trace) => cut(exceptionLine(trace).split(/[: ]/)[0].split('.').pop() || 'Exception', 60);
