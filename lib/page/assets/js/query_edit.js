// Edits the text of a query, as facets, patterns and the keys + and - do.

import { chosenValues, listed, OPERATORS, requiredTerms, tokens, unquoted } from './query_text.js';
import { HIDDEN } from './texts.js';

export function quoted(value) {
  if (/^[\p{L}\d_][\p{L}\d_.@%-]*$/u.test(value) && !value.includes('..') && !OPERATORS.test(value) && value !== 'None') return value;
  const text = value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
  return `"${text.replace(HIDDEN, (character) => `\\u{${character.codePointAt(0).toString(16)}}`)}"`;
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
