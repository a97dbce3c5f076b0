import { hexOf } from '../../protocol/annotate-frame.ts';
import type { ByteField } from '../../protocol/annotate.ts';
import { say, type Words } from '../say.ts';
import { visible } from './rows.ts';

/** How much of a value is shown until it is pinned, in UTF-16 units. */
const SHORT = 200;

export const nameOf = (words: Words, { name }: ByteField): string =>
  say(words, `bytes.field.${name}`);

/** What a field is for; a well-known header has an explanation of its own. */
export function meansOf(words: Words, { name, fields = [] }: ByteField): string {
  const header = name === 'header' ? (fields[0]?.value ?? '').toLowerCase() : '';
  const family = /^sec-(fetch|ch)-/.exec(header)?.[0].slice(0, -1) ?? header;
  const own = `bytes.header.${family}`;
  return say(words, Object.hasOwn(words, own) ? own : `bytes.means.${name}`);
}

/** Where a field is: its bytes, or its bits in their byte, counted from 0. */
export function placeOf(words: Words, { from, to, bits }: ByteField): string {
  if (bits) {
    const range = { byte: from, from: bits.from, to: bits.to - 1 };
    return say(words, bits.to - bits.from === 1 ? 'bytes.at.bit' : 'bytes.at.bits', range);
  }
  return say(words, to - from === 1 ? 'bytes.at.byte' : 'bytes.at.bytes', { from, to: to - 1 });
}

/** What a field says, with nothing hidden: its text, or its bytes where it has none. */
export function valueOf(field: ByteField, bytes: Uint8Array, whole: boolean): string {
  const { name, value, fields, from, to } = field;
  if (value === undefined && fields) return '';
  const text = value === undefined ? hexOf(bytes.subarray(from, to)) : visible(value);
  if (name === 'space') return '·'.repeat(text.length);
  if (whole || text.length <= SHORT) return text;
  return `${text.slice(0, SHORT).replace(/[\ud800-\udbff]$/, '')}…`;
}
