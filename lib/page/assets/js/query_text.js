// Reads the text of a query. The server alone says whether it is right; here it is looked at as it is typed.

const TERM =
  /(?<space>\s+)|(?<not>-(?=[^\s)])|!(?=[^\s=)]))?(?:(?<field>attr\."(?:[^"\\]|\\.)*"|[A-Za-z_][\w.-]*)(?<op>!=|>=|<=|[:=<>]))?(?<value>"(?:[^"\\]|\\.)*"?|\/(?:[^/\\\n]|\\.)+\/[ims]*(?=[\s)]|$)|\((?:[^()"]|"(?:[^"\\]|\\.)*")*\)?|(?:[^\s()\\]|\\.)+)?/gsuy;

const ALIASES = {
  system_id: 'system', sub_system_id: 'subsystem', host: 'subsystem', sub_system: 'subsystem', sub_sub_system_id: 'subsubsystem', produkt_id: 'product', produkt: 'product',
  user_spec_1: 'user1', user_spec_2: 'user2', package_version: 'version', levelno: 'level', severity: 'level', msg: 'message', exc_text: 'exception', traceback: 'exception',
  stack_info: 'stack', levelname: 'level_name', name: 'logger', funcname: 'function', func: 'function', pathname: 'file', filename: 'file', lineno: 'line', pid: 'process', tid: 'thread',
};
export const OPERATORS = /^(?:and|or|not|&&|\|\|)$/i;

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
export function requiredTerms(q) {
  const all = tokens(q);
  let depth = 0;
  const outer = all.filter((token) => {
    if (token.text === '(') ++depth;
    if (token.text === ')') --depth;
    return depth === 0;
  });
  if (outer.some((token) => token.kind === 'operator' && /or|\|\|/i.test(token.text))) return [];
  return outer.filter((token, i) => token.kind === 'term' && !isNegated(outer, i));
}
const isNegated = (all, i) => /^(?:not|-|!)$/i.test(all.slice(0, i).findLast(({ kind }) => kind !== 'space')?.text ?? '');

export function unquoted(text) {
  if (!text.startsWith('"')) return text.replace(/\\(.)/gs, '$1');
  const codes = { n: '\n', r: '\r', t: '\t' };
  return text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replace(/\\(?:u\{([0-9a-f]+)\}|(.))/gis, (_, hex, one) => (hex ? String.fromCodePoint(parseInt(hex, 16)) : codes[one] ?? one));
}
export const listed = (value) => (value.startsWith('(') ? value.slice(1, -1).split(/\s+or\s+|\s*,\s*/i).filter(Boolean) : [value]).map((one) => unquoted(one.trim()));

// Which values of a field are wanted, and which are not, as far as the text says it plainly.
export function chosenValues(q, field) {
  const only = [], without = [];
  for (const term of requiredTerms(q))
    if (term.field === field && [':', '=', '!='].includes(term.op)) (term.not ? without : only).push(...listed(term.value));
  return { only, without };
}

// The words that rows are marked with.
export function wordsOf(q) {
  const words = [];
  tokens(q).forEach((token, i, all) => {
    if (token.kind !== 'term' || token.not || isNegated(all, i) || /^[/(]/.test(token.value)) return;
    if (token.field && !(['text', 'message', 'exception'].includes(token.field) && token.op === ':')) return;
    const parts = token.value.startsWith('"') ? [unquoted(token.value)] : unquoted(token.value).split(/[*?]+/);
    words.push(...parts.filter((part) => part.length > 1 || (parts.length === 1 && part)));
  });
  return words;
}
