// Reads and edits the text of a query. The server alone says whether it is right; here it is looked at as it is typed.

import { HIDDEN } from './texts.js';

const TERM =
  /(?<space>\s+)|(?<not>-(?=[^\s)])|!(?=[^\s=)]))?(?:(?<field>attr\."(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*)(?<op>!=|>=|<=|[:=<>]))?(?<value>"(?:[^"\\]|\\.)*"?|\/(?:[^/\\\n]|\\.)+\/[ims]*(?=[\s)]|$)|\((?:[^()"]|"(?:[^"\\]|\\.)*")*\)?|(?:[^\s()\\]|\\.)+)?/gsuy;

const ALIASES = {
  system_id: 'system', sub_system_id: 'subsystem', host: 'subsystem', sub_system: 'subsystem', sub_sub_system_id: 'subsubsystem', produkt_id: 'product', produkt: 'product',
  user_spec_1: 'user1', user_spec_2: 'user2', package_version: 'version', levelno: 'level', severity: 'level', msg: 'message', exc_text: 'exception', traceback: 'exception',
  stack_info: 'stack', levelname: 'level_name', name: 'logger', funcname: 'function', func: 'function', pathname: 'file', filename: 'file', lineno: 'line', pid: 'process', tid: 'thread',
};
export const FIELDS = {
  system: 'who sent it', subsystem: 'its host or part', subsubsystem: 'a part of that', product: 'the product', user1: 'its first specification', user2: 'its second one',
  level: 'this level; >= and above', message: 'the message only', exception: 'the traceback', stack: 'the stack', logger: 'name of the logger', module: 'module', function: 'function',
  file: 'path of the file', line: 'line of the code', version: 'version of the package', process: 'number of the process', process_name: 'its name', thread: 'number of the thread',
  thread_name: 'its name', received: 'when it came', created: 'when it was sent, by the sender\'s clock', since: 'received since', until: 'received until', exists: 'has this field',
  origin: 'the store that took it first', id: 'number of the record',
};
const OPERATORS = /^(?:and|or|not|&&|\|\|)$/i;

// All of the text, in pieces: {kind, text, start, not, field, op, value}; kind is space, paren, operator or term.
export function tokens(q) {
  const all = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < q.length) {
    const start = TERM.lastIndex, match = TERM.exec(q);
    if (!match || match[0] === '') {
      const text = String.fromCodePoint(q.codePointAt(start));
      all.push({ kind: 'paren', text, start });
      TERM.lastIndex = start + text.length;
      continue;
    }
    const { space, not, field, op, value } = match.groups;
    // A group is not a value: its parts are tokens of their own.
    if (value?.startsWith('(') && !field) {
      if (not) all.push({ kind: 'paren', text: not, start });
      const at = start + (not ? 1 : 0);
      all.push({ kind: 'paren', text: '(', start: at });
      TERM.lastIndex = at + 1;
      continue;
    }
    const kind = space ? 'space' : OPERATORS.test(match[0]) ? 'operator' : 'term';
    all.push({ kind, text: match[0], start, not: Boolean(not) || op === '!=', field: field && (ALIASES[field.toLowerCase()] ?? field), op, value: value ?? '' });
  }
  return all;
}

// Those that all have to hold; none where an `or` stands between them.
function requiredTerms(q) {
  const all = tokens(q);
  let depth = 0;
  const outer = all.filter((token) => {
    if (token.text === '(') ++depth;
    if (token.text === ')') --depth;
    return depth === 0;
  });
  if (outer.some((token) => token.kind === 'operator' && /or|\|\|/i.test(token.text))) return [];
  return outer.filter((token, i) => token.kind === 'term' && !/^(?:not|-)$/i.test(outer.slice(0, i).filter((other) => other.kind !== 'space').at(-1)?.text ?? ''));
}

export function quoted(value) {
  if (/^[\p{L}\d_][\p{L}\d_.@%-]*$/u.test(value) && !value.includes('..') && !OPERATORS.test(value) && value !== 'None') return value;
  const text = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return `"${text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0).toString(16)}}`)}"`;
}
function unquoted(text) {
  if (!text.startsWith('"')) return text.replace(/\\(.)/gs, '$1');
  const codes = { n: '\n', r: '\r', t: '\t' };
  return text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replace(/\\(?:u\{([0-9a-f]+)\}|(.))/gis, (_, hex, one) => (hex ? String.fromCodePoint(parseInt(hex, 16)) : codes[one] ?? one));
}
const listed = (value) => (value.startsWith('(') ? value.slice(1, -1).split(/\s+or\s+|\s*,\s*/i).filter(Boolean) : [value]).map((one) => unquoted(one.trim()));

// Which values of a field are wanted, and which are not, as far as the text says it plainly.
export function chosenValues(q, field) {
  const only = [], without = [];
  for (const term of requiredTerms(q))
    if (term.field === field && [':', '=', '!='].includes(term.op)) (term.not ? without : only).push(...listed(term.value));
  return { only, without };
}

const isOf = (term, field) => term.field === field && (term.op === ':' || term.op === '=') && !term.not;
function withoutTokens(q, removed) {
  let text = '', last = 0;
  for (const token of removed) {
    text += q.slice(last, token.start);
    last = token.start + token.text.length;
  }
  return (text + q.slice(last)).replace(/\s{2,}/g, ' ').trim();
}

// The query and one term more; an `or` in it is put into parentheses first.
export function withTerm(q, term) {
  const text = q.trim();
  if (!text) return term;
  if (requiredTerms(text).some((other) => other.text === term)) return text;
  const loose = requiredTerms(text).length === 0 && tokens(text).some((token) => token.kind === 'operator' && /or|\|\|/i.test(token.text));
  return `${loose ? `(${text})` : text} ${term}`;
}
export const withoutTerm = (q, text) => withoutTokens(q, requiredTerms(q).filter((term) => term.text === text));
export const termsOf = (q) => requiredTerms(q).map((term) => term.text);

// Only this value; once more: any again.
export function withOnly(q, field, value) {
  const old = requiredTerms(q).filter((term) => isOf(term, field));
  const { only } = chosenValues(q, field), rest = withoutTokens(q, [...old, ...excluding(q, field, value)]);
  return only.length === 1 && only[0] === value ? rest : withTerm(rest, `${field}:${quoted(value)}`);
}
// This value too; once more: not any more.
export function withAlso(q, field, value) {
  const { only } = chosenValues(q, field);
  const values = only.includes(value) ? only.filter((other) => other !== value) : [...only, value];
  const rest = withoutTokens(q, requiredTerms(q).filter((term) => isOf(term, field)));
  if (values.length === 0) return rest;
  return withTerm(rest, values.length === 1 ? `${field}:${quoted(values[0])}` : `${field}:(${values.map(quoted).join(' or ')})`);
}
const excluding = (q, field, value) =>
  requiredTerms(q).filter((term) => term.field === field && term.not && [':', '=', '!='].includes(term.op) && listed(term.value).includes(value) && listed(term.value).length === 1);
// Without this value; once more: with it again.
export function withNot(q, field, value) {
  const already = excluding(q, field, value);
  if (already.length) return withoutTokens(q, already);
  const { only } = chosenValues(q, field);
  const rest = only.includes(value) ? withAlso(q, field, value) : q;
  return withTerm(rest, `-${field}:${quoted(value)}`);
}

// The words that rows are marked with.
export function wordsOf(q) {
  const words = [];
  tokens(q).forEach((token, i, all) => {
    const negated = token.not || /^(?:not|-|!)$/i.test(all.slice(0, i).filter((other) => other.kind !== 'space').at(-1)?.text ?? '');
    if (token.kind !== 'term' || negated || /^[/(]/.test(token.value)) return;
    if (token.field && !(['text', 'message', 'exception'].includes(token.field) && token.op === ':')) return;
    const parts = token.value.startsWith('"') ? [unquoted(token.value)] : unquoted(token.value).split(/[*?]+/);
    words.push(...parts.filter((part) => part.length > 1 || (parts.length === 1 && part)));
  });
  return words;
}

// A line that was pasted is meant as it is: a phrase.
export const asPhrase = (text) => quoted(text.trim());
export const looksPasted = (text) => /\n|^\d{4}-\d\d-\d\d[T ]\d|^\[?\w+ *\]? .{80}|.{200}/.test(text.trim());

// What stands at the caret: the beginning of a field, or of a value of one.
export function partAt(q, caret) {
  const token = tokens(q).find((each) => each.kind === 'term' && each.start < caret && caret <= each.start + each.text.length);
  if (!token) return { kind: 'field', start: caret, end: caret, prefix: '' };
  const end = token.start + token.text.length, valueStart = end - token.value.length;
  if (token.field && caret >= valueStart) {
    const list = /[(,]\s*[^(,]*$|\bor\s+[^(]*$/i.exec(q.slice(valueStart, caret)), skip = list ? list.index + list[0].search(/[^(,\s]*$/) : 0;
    return { kind: 'value', field: token.field, start: valueStart + skip, end: list ? caret : end, prefix: unquoted(q.slice(valueStart + skip, caret)) };
  }
  const start = token.start + (/^[-!]/.test(token.text) ? 1 : 0);
  return { kind: 'field', start, end, prefix: q.slice(start, caret) };
}
