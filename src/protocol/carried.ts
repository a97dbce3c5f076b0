import { isRecord, parseJson } from './parse.ts';
import type { Bytes, WireEvent } from './wire.ts';

/** The bytes of an event, as far as they were kept. */
export function bytesOf({ base64 }: Bytes): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** All bytes that an event bears, heads before bodies, as they crossed. */
export function allBytesOf(event: WireEvent): { bytes: Uint8Array; length: number } {
  const parts = [
    'head' in event ? event.head : undefined,
    'body' in event ? event.body : undefined,
    'bytes' in event ? event.bytes : undefined,
  ].filter((part) => part !== undefined);
  const read = parts.map(bytesOf);
  const bytes = new Uint8Array(read.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of read) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, length: parts.reduce((sum, { length }) => sum + length, 0) };
}

/** The ids of the messages in a text, in order: of a message, a reading, or blocks of a stream. */
export function idsIn(text: string): string[] {
  return Array.from(text.matchAll(/"id":("(?:[^"\\]|\\.)*")/g), ([, quoted = '']) => {
    const id = parseJson(quoted);
    return typeof id === 'string' ? id : '';
  }).filter((id) => id !== '');
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
