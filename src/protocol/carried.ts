import { isRecord, parseJson } from './parse.ts';
import type { WireEvent } from './wire.ts';

/**
 * The ids of the messages in a text, in order: of a message, a reading, or blocks of a stream. JSON may
 * have white space around its colons (RFC 8259 §2), and Python’s has.
 */
export function idsIn(text: string): string[] {
  return Array.from(
    text.matchAll(/"id"[ \t\r\n]*:[ \t\r\n]*("(?:[^"\\]|\\.)*")/g),
    ([, quoted = '']) => {
      const id = parseJson(quoted);
      return typeof id === 'string' ? id : '';
    },
  ).filter((id) => id !== '');
}

/** Reads what a server tells as an event of its own; the page trusts its own server for the rest. */
export function isWireEvent(json: unknown): json is WireEvent {
  return (
    isRecord(json) &&
    json['side'] === 'server' &&
    typeof json['kind'] === 'string' &&
    typeof json['at'] === 'number' &&
    typeof json['sequence'] === 'number'
  );
}
