/** What the bytes of HTTP are called, RFC 9112: heads, bodies, and the framing of chunks, §7.1. */
const OF_HTTP = [
  'request-line',
  'method',
  'target',
  'version',
  'status-line',
  'status',
  'reason',
  'header',
  'header-name',
  'separator',
  'header-value',
  'space',
  'line-end',
  'blank-line',
  'body',
  'chunk',
  'chunk-size',
  'chunk-extension',
  'chunk-data',
  'last-chunk',
  'trailer',
] as const;

/** The lines of an event stream, WHATWG HTML §9.2, and what they are made of. */
const OF_EVENT_STREAM = [
  'event-type',
  'event-data',
  'event-id',
  'event-retry',
  'event-comment',
  'event-ignored',
  'event-end',
  'field-name',
  'field-value',
] as const;

/** A WebSocket's frame, RFC 6455 §5.2. `length` is the byte of `mask` and `length-7`. */
const OF_FRAME = [
  'first-byte',
  'fin',
  'rsv1',
  'rsv2',
  'rsv3',
  'opcode',
  'length',
  'mask',
  'length-7',
  'extended-length',
  'mask-key',
  'payload',
  'close-code',
  'close-reason',
] as const;

/** All names; `unread` is what cannot be read, because it is cut or malformed. */
export const FIELD_NAMES = [...OF_HTTP, ...OF_EVENT_STREAM, ...OF_FRAME, 'unread'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

/** The bytes from `from` up to, not including, `to`: at least one. */
export interface ByteField {
  name: FieldName;
  from: number;
  to: number;
  /** Of a field inside one byte: its bits, in the order of the wire, 0 is the highest. */
  bits?: { from: number; to: number };
  /** What it says, as text: of a masked payload, what was masked. */
  value?: string;
  /** What it is made of: end to end, and together just this field. */
  fields?: readonly ByteField[];
}

/** A field of so many bytes. Without `value`, it says its bytes as text; null says nothing. */
export interface Part {
  name: FieldName;
  length: number;
  value?: string | null;
  fields?: readonly ByteField[];
}

/** Parts end to end from `from` on, without the empty ones. */
export function inOrder(bytes: Uint8Array, from: number, parts: readonly Part[]): ByteField[] {
  const fields: ByteField[] = [];
  let at = from;
  for (const { name, length, value, fields: inner } of parts) {
    const to = at + length;
    const said = value === undefined ? textOf(bytes.subarray(at, to)) : value;
    if (length > 0)
      fields.push({
        ...{ name, from: at, to },
        ...(said !== null && { value: said }),
        ...(inner && inner.length > 0 && { fields: inner }),
      });
    at = to;
  }
  return fields;
}

/** One field made of others, which lie end to end; none of none. */
export function around(
  name: FieldName,
  fields: readonly ByteField[],
  value?: string,
): readonly ByteField[] {
  const [first, last] = [fields[0], fields.at(-1)];
  if (!first || !last) return [];
  const { from } = first;
  return [{ name, from, to: last.to, ...(value !== undefined && { value }), fields }];
}

/** What is left from `from` on, as one field that nobody can read. */
export const unread = (bytes: Uint8Array, from: number, to = bytes.length): readonly ByteField[] =>
  from < to ? [{ name: 'unread', from, to }] : [];

/**
 * UTF-8, or else Latin-1, which HTTP once was and which any bytes are. A character that is cut at
 * the end is left out.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes, { stream: true });
  } catch {
    return latin1(bytes);
  }
}

/** A character for each byte, so that what is found in the text is at the same place in the bytes. */
export const latin1 = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

const [LF, CR] = [10, 13];

/** A line: its text from `from` up to `end`, and what ends it up to `to`. */
export interface Line {
  from: number;
  end: number;
  to: number;
}

/** The line at `from` that a CRLF or LF ends before `until`; undefined where none does. */
export function lineAt(bytes: Uint8Array, from: number, until = bytes.length): Line | undefined {
  const feed = bytes.subarray(0, until).indexOf(LF, from);
  if (feed === -1) return undefined;
  const end = feed > from && bytes[feed - 1] === CR ? feed - 1 : feed;
  return { from, end, to: feed + 1 };
}
