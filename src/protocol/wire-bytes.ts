import type { Bytes, What } from './wire.ts';

/** Bytes that crossed the wire: the first of `length`. */
export interface KeptBytes {
  bytes: Uint8Array;
  length: number;
}

/** The bytes of an event; a request’s body comes after its head. Undefined where it has none. */
export function bytesOf(event: What): KeptBytes | undefined {
  switch (event.kind) {
    case 'request':
      return event.head && joined(kept(event.head), event.body && kept(event.body));
    case 'response':
    case 'upgrade':
      return event.head && kept(event.head);
    case 'chunk':
    case 'end':
    case 'frame':
      return event.bytes && kept(event.bytes);
    default:
      return undefined;
  }
}

/** How many bytes crossed for an event. */
export function lengthOf(event: What): number {
  switch (event.kind) {
    case 'request':
      return (event.head?.length ?? 0) + (event.body?.length ?? 0);
    case 'response':
    case 'upgrade':
      return event.head?.length ?? 0;
    case 'chunk':
    case 'end':
    case 'frame':
      return event.bytes?.length ?? 0;
    default:
      return 0;
  }
}

/** What was kept, decoded. */
export const kept = ({ base64, length }: Bytes): KeptBytes => ({
  bytes: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
  length,
});

/** Of a head that is cut, what follows it is left out: the bytes would not lie end to end. */
function joined(head: KeptBytes, body: KeptBytes | undefined): KeptBytes {
  if (!body) return head;
  const length = head.length + body.length;
  if (head.bytes.length < head.length) return { bytes: head.bytes, length };
  const bytes = new Uint8Array(head.length + body.bytes.length);
  bytes.set(head.bytes);
  bytes.set(body.bytes, head.length);
  return { bytes, length };
}
