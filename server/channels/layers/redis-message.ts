import { randomFillSync } from 'node:crypto';
import { decode, Encoder } from '@msgpack/msgpack';
import type { LayerMessage, LayerValue } from './layer.ts';
import { copyMessage, TARGET } from './message.ts';

/** Random bytes before a message in a sorted set: two that are equal are two members of it. */
const SALT = 12;

/** Salts are taken from here, one after another: to ask for each alone costs more than the rest. */
const salts = Buffer.alloc(SALT * 512);
let salted = salts.length;

/** Made once: its buffer is as large as the largest message so far. */
const encoder = new Encoder({ useBigInt64: true });

/** What comes out of a queue: a message, and for which of the process's channels it is. */
export interface Queued {
  readonly message: LayerMessage;
  /** Undefined where the queue is the channel's own. */
  readonly targets?: readonly string[];
}

/** The bytes of a message that `copyMessage` made, as channels_redis writes them. */
export function encodeMessage(message: LayerMessage): Buffer {
  return bufferOf(encoder.encode(mapIntegers(message, toEncoder)));
}

/** A message as `send` (to one channel: a string) or `groupSend` (an array) puts it into a queue. */
export function encodeQueued(message: LayerMessage, target?: string | string[]): Buffer {
  const addressed = target === undefined ? message : { ...message, [TARGET]: target };
  return Buffer.concat([nextSalt(), encodeMessage(addressed)]);
}

function nextSalt(): Buffer {
  if (salted === salts.length) {
    randomFillSync(salts);
    salted = 0;
  }
  salted += SALT;
  return salts.subarray(salted - SALT, salted);
}

/** A message of one's own; undefined for what is none. Never throws. */
export function decodeMessage(bytes: Uint8Array): LayerMessage | undefined {
  return decodeQueued(bytes, 0)?.message;
}

/** What stands in a queue; undefined for what is no message. Never throws. */
export function decodeQueued(bytes: Uint8Array, salt = SALT): Queued | undefined {
  try {
    const options = {
      useBigInt64: true, // else an integer beyond 2^53 comes as its neighbour
      mapKeyConverter: onlyStrings,
      maxArrayLength: bytes.length, // no array is made that its items cannot fill
    };
    const value = mapIntegers(decode(bytes.subarray(salt), options), fromDecoder);
    if (salt === 0) return { message: copyMessage(value) };
    if (!isMap(value)) return;
    const { [TARGET]: target, ...message } = value;
    if (target === undefined) return { message: copyMessage(message) };
    const targets: unknown[] = Array.isArray(target) ? target : [target];
    if (!targets.every((name) => typeof name === 'string')) return;
    return { message: copyMessage(message), targets };
  } catch {
    return undefined; // no msgpack, or no message
  }
}

/** A message as text, for people to read. */
export function textOf(message: LayerMessage): string {
  return JSON.stringify(message, (_, value: LayerValue) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? `${value.length} bytes` : value;
  });
}

/** With `useBigInt64`, a number beyond 32 bits would be encoded as a float. */
function toEncoder(value: number | bigint): number | bigint {
  const isLong = Number.isSafeInteger(value) && (value >= 2 ** 32 || value < -(2 ** 31));
  return isLong ? BigInt(value) : value;
}

/** An integer that a number can hold is a number, however many bytes it came in. */
function fromDecoder(value: number | bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function mapIntegers(value: unknown, change: (value: number | bigint) => number | bigint): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapIntegers(item, change));
  if (!isMap(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, mapIntegers(item, change)]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

function onlyStrings(key: unknown): string {
  if (typeof key === 'string') return key;
  throw new TypeError('The key of a map is no string.');
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
