import { annotateFrame } from './annotate-frame.ts';
import { annotateBody, annotateChunks, annotateHead, headerValue } from './annotate-http.ts';
import { type ByteField, unread } from './byte-field.ts';
import type { WireKind } from './wire.ts';

export type { ByteField, FieldName } from './byte-field.ts';

/** What was captured, as far as its bytes do not tell it. */
export interface Captured {
  kind: WireKind;
  /** Of a piece of a body: whether it is framed in chunks (RFC 9112 §7.1). */
  chunked?: boolean | undefined;
  /** Of a piece of a body: whether it is lines of an event stream. */
  eventStream?: boolean | undefined;
}

/**
 * Which bytes of an event of the wire are what: end to end, from the first to the last, whatever
 * they are. Bytes may be the first of more. What cannot be read is one field named `unread`, the last
 * of its siblings; in a chunk that holds an event stream each has one at most.
 */
export function annotate(captured: Captured, bytes: Uint8Array): readonly ByteField[] {
  const { kind, chunked = false, eventStream = false } = captured;
  switch (kind) {
    case 'request':
    case 'response':
    case 'upgrade':
      return message(bytes, kind === 'request' ? 'request' : 'response');
    case 'chunk':
      return chunked ? annotateChunks(bytes, 0, eventStream) : annotateBody(bytes, 0, eventStream);
    case 'end':
      return annotateChunks(bytes, 0, eventStream);
    case 'frame':
      return annotateFrame(bytes);
    default:
      return unread(bytes, 0);
  }
}

/** A head, and after it what it says about the body. After a 101 there is no body, but frames. */
function message(bytes: Uint8Array, kind: 'request' | 'response'): readonly ByteField[] {
  const head = annotateHead(bytes, kind);
  const { fields, to, whole } = head;
  if (!whole || headerValue(head, 'upgrade') !== undefined)
    return [...fields, ...unread(bytes, to)];
  const eventStream = /^text\/event-stream\b/i.test(headerValue(head, 'content-type') ?? '');
  const chunked = /\bchunked$/i.test(headerValue(head, 'transfer-encoding') ?? '');
  const body = chunked ? annotateChunks : annotateBody;
  return [...fields, ...body(bytes, to, eventStream)];
}
