import type { LayerMessage, LayerValue } from './layer.ts';

const GROUP = /^[a-zA-Z0-9\-_.]+$/;
const CHANNEL = /^[a-zA-Z0-9\-_.]+(![a-zA-Z0-9\-_.]*)?$/;
const NAME_LENGTH = 99;
const DEPTH = 32;
const INT64 = 2n ** 63n;

/** The key of a message in Redis that says for which of a process's channels it is. */
export const TARGET = '__asgi_channel__';

/** Throws a TypeError unless `name` is a group's (Channels' `valid_group_name`, ASCII only). */
export function checkGroupName(name: string): void {
  if (typeof name === 'string' && name.length <= NAME_LENGTH && GROUP.test(name)) return;
  throw new TypeError(
    `${JSON.stringify(name)} is no group name. ` +
      `Use ASCII letters, digits, "-", "_" and ".", at most ${NAME_LENGTH} of them.`,
  );
}

/** Throws a TypeError unless `name` is a channel's (Channels' `valid_channel_name`, ASCII only). */
export function checkChannelName(name: string): void {
  if (typeof name === 'string' && name.length <= NAME_LENGTH && CHANNEL.test(name)) return;
  throw new TypeError(
    `${JSON.stringify(name)} is no channel name. ` +
      `Use ASCII letters, digits, "-", "_" and ".", at most ${NAME_LENGTH} of them, ` +
      'or the channelName that a consumer has.',
  );
}

/** Throws a TypeError unless `prefix` may stand at the beginning of a name of Redis. */
export function checkPrefix(prefix: string): void {
  if (GROUP.test(prefix) && prefix.length <= 32) return;
  throw new TypeError(
    `${JSON.stringify(prefix)} is no prefix. Use at most 32 ASCII letters, digits, "-", "_" and ".".`,
  );
}

/** Whether a channel belongs to one process: `specific.…!…`. */
export function isLocal(channel: string): boolean {
  return channel.includes('!');
}

/**
 * A frozen message of one's own, equal to `message`, with every string well-formed (a lone surrogate
 * becomes U+FFFD: Python cannot decode one). Throws a TypeError for what no layer could carry,
 * so that a program that works in memory works over Redis too. A number that is no safe integer
 * travels as a float of 64 bits, any other as an integer.
 */
export function copyMessage(message: unknown): LayerMessage {
  if (!isPlain(message) || typeof message['type'] !== 'string') {
    throw new TypeError(
      "A layer message is a plain object with a string type: { type: 'chat.message', … }.",
    );
  }
  if (Object.hasOwn(message, TARGET)) {
    throw new TypeError(`message has a key "${TARGET}", which is the layer's. Leave it out.`);
  }
  const type = message['type'].toWellFormed();
  return Object.freeze({ ...copyObject(message, 'message', DEPTH), type });
}

/**
 * For many receivers: gives each the same, made of a message that \`copyMessage\` froze, or, where
 * bytes are in it, one of its own, since bytes cannot be frozen.
 */
export function forEach<Made>(
  message: LayerMessage,
  make: (message: LayerMessage) => Made,
): () => Made {
  if (hasBytes(message)) return () => make(copyMessage(message));
  const made = make(message);
  return () => made;
}

function hasBytes(value: LayerValue): boolean {
  if (value instanceof Uint8Array) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasBytes);
}

function copyValue(value: unknown, path: string, depth: number): LayerValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value === 0 ? 0 : value; // -0 would arrive as 0
  if (typeof value === 'bigint') return checkBigInt(value, path);
  if (depth === 0) throw new TypeError(`${path} is nested too deeply. Send a flatter message.`);
  if (Array.isArray(value)) {
    return Object.freeze(
      Array.from(value, (item, index) => copyValue(item, `${path}[${index}]`, depth - 1)),
    );
  }
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (isPlain(value)) return copyObject(value, path, depth - 1);
  throw new TypeError(
    `${path} is ${nameOf(value)}. A layer carries null, booleans, numbers, strings, Uint8Array, ` +
      'arrays and plain objects: convert it, or leave the key out.',
  );
}

function copyObject(value: Record<string, unknown>, path: string, depth: number) {
  const copy: Record<string, LayerValue> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new TypeError(`${path} has a key "__proto__". Leave it out.`);
    copy[key.toWellFormed()] = copyValue(value[key], `${path}.${key}`, depth);
  }
  return Object.freeze(copy);
}

function checkBigInt(value: bigint, path: string): bigint {
  if (Number.isSafeInteger(Number(value)))
    throw new TypeError(`${path} is a bigint that a number can hold. Write ${value}, without n.`);
  if (value >= -INT64 && value < INT64) return value;
  throw new TypeError(`${path} is beyond 64 bits. Send it as a string.`);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' ? `a ${value?.constructor.name ?? 'null'}` : typeof value;
}
