import {
  around,
  type ByteField,
  type FieldName,
  inOrder,
  latin1,
  type Line,
  textOf,
  unread,
} from './byte-field.ts';
import { splitLine } from './event-stream.ts';

/**
 * Lines of an event stream (WHATWG HTML §9.2.6) from `from` up to `to`, which must begin with one:
 * each with its name and value, and the blank lines that end events. A line that is not ended is not
 * read, as a client does not read it yet.
 */
export function annotateEventStream(
  bytes: Uint8Array,
  from: number,
  to: number,
): readonly ByteField[] {
  const fields: ByteField[] = [];
  let at = from;
  for (let line = anyLineAt(bytes, at, to); line; line = anyLineAt(bytes, at, to)) {
    fields.push(...lineOfStream(bytes, line));
    at = line.to;
  }
  return [...fields, ...unread(bytes, at, to)];
}

const [LF, CR] = [10, 13];

/** As for a head, but here a CR alone ends a line as well. */
function anyLineAt(bytes: Uint8Array, from: number, until: number): Line | undefined {
  for (let end = from; end < until; end++) {
    if (bytes[end] === LF) return { from, end, to: end + 1 };
    if (bytes[end] !== CR) continue;
    return { from, end, to: end + 1 < until && bytes[end + 1] === LF ? end + 2 : end + 1 };
  }
  return undefined;
}

function lineOfStream(bytes: Uint8Array, line: Line): readonly ByteField[] {
  const length = line.end - line.from;
  if (length === 0)
    return inOrder(bytes, line.from, [{ name: 'event-end', length: line.to - line.from }]);
  const { name, colon, from } = splitLine(latin1(bytes.subarray(line.from, line.end)));
  const value = textOf(bytes.subarray(line.from + from, line.end));
  const parts = inOrder(bytes, line.from, [
    { name: 'field-name', length: name.length },
    { name: 'separator', length: colon === -1 ? 0 : from - colon },
    { name: 'field-value', length: length - from },
    { name: 'line-end', length: line.to - line.end },
  ]);
  return around(kindOf(name, colon, value), parts, value);
}

function kindOf(name: string, colon: number, value: string): FieldName {
  if (colon === 0) return 'event-comment';
  if (name === 'event') return 'event-type';
  if (name === 'data') return 'event-data';
  if (name === 'id' && !value.includes('\0')) return 'event-id';
  if (name === 'retry' && /^[0-9]+$/.test(value)) return 'event-retry';
  return 'event-ignored';
}
