import { annotateEventStream } from './annotate-event-stream.ts';
import {
  around,
  type ByteField,
  type FieldName,
  inOrder,
  latin1,
  type Line,
  lineAt,
  type Part,
  textOf,
  unread,
} from './byte-field.ts';

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VERSION = 'HTTP/[0-9]\\.[0-9]';
const REQUEST_LINE = new RegExp(`^(${TOKEN})( )([^\\0-\\x20\\x7f]+)( )(${VERSION})$`);
const STATUS_LINE = new RegExp(`^(${VERSION})( )([0-9]{3})( ?)(.*)$`);
const HEADER = new RegExp(`^(${TOKEN})(:[ \\t]*)(.*)$`);
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})([ \t]*(?:;.*)?)$/;

const OF_REQUEST: readonly FieldName[] = ['method', 'space', 'target', 'space', 'version'];
const OF_STATUS: readonly FieldName[] = ['version', 'space', 'status', 'space', 'reason'];

export interface Head {
  fields: readonly ByteField[];
  /** Where its blank line ends, or where what cannot be read begins. */
  to: number;
  /** Whether its blank line is there. */
  whole: boolean;
}

/** The head of a request or a response, RFC 9112 §2 to §5, as far as it can be read. */
export function annotateHead(bytes: Uint8Array, kind: 'request' | 'response'): Head {
  const start = lineAt(bytes, 0);
  const first = start && startLine(bytes, start, kind);
  if (!first) return { fields: [], to: 0, whole: false };
  const { fields, to, whole } = headerLines(bytes, start.to, 'header');
  return { fields: [...first, ...fields], to, whole };
}

/** What a head’s first header of a name says, with what surrounds it trimmed; the name in lower case. */
export function headerValue({ fields }: Pick<Head, 'fields'>, name: string): string | undefined {
  const header = headersOf({ fields }).find(([found]) => found.toLowerCase() === name);
  return header?.[1];
}

/** A head’s headers as they were sent, in their order. */
export const headersOf = ({ fields }: Pick<Head, 'fields'>): (readonly [string, string])[] =>
  fields
    .filter(({ name }) => name === 'header')
    .map((header) => [partOf(header, 'header-name'), partOf(header, 'header-value')] as const);

/** What the part of a name says, '' where there is none. */
export const partOf = ({ fields = [] }: Pick<ByteField, 'fields'>, name: FieldName): string =>
  fields.find((field) => field.name === name)?.value ?? '';

function startLine(
  bytes: Uint8Array,
  line: Line,
  kind: 'request' | 'response',
): readonly ByteField[] | undefined {
  const [pattern, names] =
    kind === 'request' ? [REQUEST_LINE, OF_REQUEST] : [STATUS_LINE, OF_STATUS];
  const groups = pattern.exec(latin1(bytes.subarray(line.from, line.end)));
  if (!groups) return undefined;
  const parts = names.map((name, index) => ({ name, length: groups[index + 1]?.length ?? 0 }));
  return wholeLine(bytes, line, kind === 'request' ? 'request-line' : 'status-line', parts);
}

/** A line made of parts, and its end. */
const wholeLine = (bytes: Uint8Array, line: Line, name: FieldName, parts: readonly Part[]) =>
  around(
    name,
    inOrder(bytes, line.from, [...parts, { name: 'line-end', length: line.to - line.end }]),
    textOf(bytes.subarray(line.from, line.end)),
  );

/** Headers or trailers up to their blank line, §5. */
function headerLines(bytes: Uint8Array, from: number, name: 'header' | 'trailer'): Head {
  const fields: ByteField[] = [];
  let to = from;
  for (;;) {
    const line = lineAt(bytes, to);
    if (line && line.from === line.end) {
      fields.push(...inOrder(bytes, to, [{ name: 'blank-line', length: line.to - to }]));
      return { fields, to: line.to, whole: true };
    }
    const parts = line && headerParts(latin1(bytes.subarray(line.from, line.end)));
    if (!line || !parts) return { fields, to, whole: false };
    fields.push(...wholeLine(bytes, line, name, parts));
    to = line.to;
  }
}

function headerParts(line: string): readonly Part[] | undefined {
  const [, name, separator, rest] = HEADER.exec(line) ?? [];
  if (name === undefined || separator === undefined || rest === undefined) return undefined;
  let length = rest.length;
  while (length > 0 && ' \t'.includes(rest.charAt(length - 1))) length--;
  return [
    { name: 'header-name', length: name.length },
    { name: 'separator', length: separator.length },
    { name: 'header-value', length },
    { name: 'space', length: rest.length - length },
  ];
}

/** A body that has no framing of its own: event stream or not. */
export const annotateBody = (bytes: Uint8Array, from: number, eventStream: boolean) =>
  eventStream
    ? annotateEventStream(bytes, from, bytes.length)
    : inOrder(bytes, from, [{ name: 'body', length: bytes.length - from }]);

/** Chunks, RFC 9112 §7.1, from the start of one on: any number of them, and perhaps the last. */
export function annotateChunks(
  bytes: Uint8Array,
  from: number,
  eventStream: boolean,
): readonly ByteField[] {
  const fields: ByteField[] = [];
  let at = from;
  while (at < bytes.length) {
    const [chunk] = chunkAt(bytes, at, eventStream);
    if (!chunk) break;
    fields.push(chunk);
    at = chunk.to;
    if (chunk.name === 'last-chunk') {
      const trailers = headerLines(bytes, at, 'trailer');
      return [...fields, ...trailers.fields, ...unread(bytes, trailers.to)];
    }
    if (chunk.fields?.at(-1)?.name !== 'line-end') break;
  }
  return [...fields, ...unread(bytes, at)];
}

function chunkAt(bytes: Uint8Array, from: number, eventStream: boolean): readonly ByteField[] {
  const line = lineAt(bytes, from);
  if (!line || line.to - line.end !== 2) return [];
  const groups = CHUNK_SIZE.exec(latin1(bytes.subarray(from, line.end)));
  const [, size, extension] = groups ?? [];
  if (size === undefined || extension === undefined) return [];
  const length = parseInt(size, 16);
  const head: readonly Part[] = [
    { name: 'chunk-size', length: size.length, value: String(length) },
    { name: 'chunk-extension', length: extension.length },
    { name: 'line-end', length: 2 },
  ];
  if (length === 0) return around('last-chunk', inOrder(bytes, from, head));
  const data = Math.min(length, bytes.length - line.to);
  const end = line.to + data;
  const ended = bytes[end] === 13 && bytes[end + 1] === 10;
  const events = eventStream ? annotateEventStream(bytes, line.to, end) : [];
  const fields = inOrder(bytes, from, [
    ...head,
    { name: 'chunk-data', length: data, fields: events, ...(events.length > 0 && { value: null }) },
    { name: 'line-end', length: ended ? 2 : 0 },
  ]);
  return around('chunk', fields);
}
