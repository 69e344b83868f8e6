// Patterns: messages that are the same but for what varies.

import { h, s } from './dom.js';
import { quoted } from './query_edit.js';
import { visible } from './texts.js';

const PLACEHOLDER = /<([a-z0-9_]+|\*)>/g;
const KINDS = { num: 'number', hex: 'number', ip: 'address', '*': 'word' };

// What the query asks for: the parts that do not vary, and the exception.
export function termOfPattern({ message, exception }) {
  const parts = message.split(PLACEHOLDER).filter((_, i) => i % 2 === 0).map((part) => part.trim()).filter((part) => part.length > 1);
  const terms = parts.slice(0, 8).map((part) => `message:${quoted(part)}`), type = exception?.split(/[: ]/)[0];
  if (type) terms.push(`exception:${quoted(type)}`);
  if (terms.length === 0) return `message=${quoted(message)}`;
  return terms.length === 1 ? terms[0] : `(${terms.join(' ')})`;
}

// The message with what varies as marks of its kind.
export const patternNodes = (message) =>
  message.split(PLACEHOLDER).map((part, i) => (i % 2 ? h('span', { class: 'ph' }, KINDS[part] ?? part) : visible(part)));

export function sparkline(counts, band, label) {
  const most = Math.max(1, ...counts), width = 180 / Math.max(counts.length, 1);
  const bars = counts.map((count, i) => count > 0 && s('rect', { class: 'b ' + band, x: i * width, y: 21 - Math.max(1.5, (count / most) * 20), width: width * 0.8, height: Math.max(1.5, (count / most) * 20) }));
  return s('svg', { class: 'spark', viewBox: '0 0 180 22', preserveAspectRatio: 'none', role: 'img', 'aria-label': label }, bars.filter(Boolean), s('path', { d: 'M0 21.5H180', class: 'grid' }));
}
