import type { Chance } from './chance.ts';
import { closePayload } from './raw-websocket.ts';

// What a fuzzer makes of good bytes. Each takes its decisions from a Chance alone.

type Mutation = (bytes: Buffer, chance: Chance) => Buffer;

/** Puts bytes into the place of others. */
const splice = (bytes: Buffer, at: number, cut: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);

const EDGES = [0x00, 0x7f, 0x80, 0xff, 0x0a, 0x0d, 0x20, 0x3a] as const;

/** Of any bytes: flips, cuts, repetitions. */
const OF_BYTES: readonly [Mutation, ...Mutation[]] = [
  (bytes, { below }) => {
    const flipped = Buffer.from(bytes);
    const at = below(bytes.length);
    if (at < bytes.length) flipped[at] = (bytes[at] ?? 0) ^ (1 << below(8));
    return flipped;
  },
  (bytes, { below, pick }) => splice(bytes, below(bytes.length), 1, Buffer.of(pick(EDGES))),
  (bytes, { below }) => splice(bytes, below(bytes.length), 1 + below(40), Buffer.alloc(0)),
  (bytes, { below, bytes: random }) => splice(bytes, below(bytes.length), 0, random(1 + below(20))),
  (bytes, { below }) => {
    const at = below(bytes.length);
    const part = bytes.subarray(at, at + 1 + below(100));
    return splice(bytes, below(bytes.length), 0, Buffer.concat(Array(1 + below(5)).fill(part)));
  },
  (bytes, { below }) => bytes.subarray(0, below(bytes.length)),
];

/** Good bytes as they are, or after some mutations. */
export function mutated(bytes: Buffer, chance: Chance): Buffer {
  let result = bytes;
  for (let times = chance.below(4); times > 0; times -= 1)
    if (result.length) result = chance.pick(OF_BYTES)(result, chance);
  return result;
}

const LENGTHS = [
  '0',
  '1',
  '-1',
  '5',
  '70000',
  '99999999999999999999',
  '0x10',
  '5, 5',
  ' ',
] as const;
const HEADERS = [
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nContent-Length: 3',
  'Expect: 100-continue',
  'Expect: the unexpected',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Content-Type: application/json; charset=utf-7',
  'Host: evil.example',
  'Host: 127.0.0.1',
  'Origin: null',
  'Origin: http://[::1',
  'Last-Event-ID: \xff\xfe',
  'X-Forwarded-For: 1.2.3.4',
  'Cookie: a=b\r\n folded: yes',
  'Bad Name: x',
  ': no name',
  `X-Long: ${'x'.repeat(20_000)}`,
  'X-Many: x\r\n'.repeat(300).trimEnd(),
] as const;
const LINES = [
  'GET',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'PRI',
  'get',
  'MESSAGE-IN-A-BOTTLE',
] as const;
const TARGETS = [
  '*',
  'http://127.0.0.1/healthz',
  '//',
  '/%00',
  '/%ff%fe',
  '/live/polling/rooms/%2e%2e/messages',
  '/live/polling/rooms/__proto__/messages',
  '/pair/a/memory/live/',
  '/_astro/../../package.json',
  '/r/room?lesson=%',
  `/${'a/'.repeat(3_000)}`,
] as const;

/** Of the text of a request: its line, its headers, its lengths. */
export function editedRequest(text: string, chance: Chance): string {
  const { often, pick } = chance;
  const [head = '', ...body] = text.split('\r\n\r\n');
  const lines = head.split('\r\n');
  if (often(0.1)) lines[0] = (lines[0] ?? '').replace(/^\w+/, pick(LINES));
  if (often(0.1)) lines[0] = (lines[0] ?? '').replace(/ \S+ /, ` ${pick(TARGETS)} `);
  if (often(0.05))
    lines[0] = (lines[0] ?? '').replace(/HTTP\/1.1$/, pick(['HTTP/1.0', 'HTTP/2.0', '']));
  if (often(0.3)) lines.splice(1 + chance.below(lines.length), 0, pick(HEADERS));
  if (often(0.1))
    lines.splice(1 + chance.below(lines.length), 0, `Content-Length: ${pick(LENGTHS)}`);
  if (often(0.1)) lines.splice(1 + chance.below(lines.length - 1), 1);
  return [lines.join(often(0.03) ? '\n' : '\r\n'), ...body].join('\r\n\r\n');
}

const PAYLOADS: readonly [Buffer, ...Buffer[]] = [
  Buffer.from('{"sender":"Mallory","text":"hi"}'),
  Buffer.from('{"sender":"Mallory","text":"☃'),
  Buffer.from('close'),
  Buffer.from('null'),
  Buffer.from('['.repeat(5_000)),
  Buffer.of(0xff, 0xfe),
  Buffer.of(0xed, 0xa0, 0x80),
  Buffer.alloc(0),
  closePayload(1000),
  closePayload(1006),
  Buffer.alloc(126, 0x78),
  Buffer.alloc(66_000, 0x78),
];

/** A client's frame, mostly a good text; else with a wrong opcode, mask, length or payload. */
function frame(chance: Chance): Buffer {
  const { below, often, pick } = chance;
  const payload = often(0.5) ? PAYLOADS[0] : pick(PAYLOADS);
  const first = often(0.6)
    ? 0x81
    : often(0.5)
      ? pick([0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x82])
      : below(256);
  const key = often(0.95) ? chance.bytes(4) : undefined;
  const sent = Buffer.from(payload.map((byte, at) => byte ^ (key?.[at % 4] ?? 0)));
  const said = often(0.93) ? payload.length : pick([0, 125, 126, 65_535, 65_536, 2 ** 31, 2 ** 52]);
  const form = often(0.95) ? (said > 0xffff ? 127 : said > 125 ? 126 : said) : pick([126, 127]);
  const length = Buffer.alloc(form === 127 ? 8 : form === 126 ? 2 : 0);
  if (form === 127) length.writeBigUInt64BE(BigInt(said) | (often(0.1) ? 1n << 63n : 0n));
  if (form === 126) length.writeUInt16BE(said & 0xffff);
  return Buffer.concat([
    Buffer.of(first, (key ? 0x80 : 0) | (form & 0x7f)),
    length,
    key ?? Buffer.alloc(0),
    sent,
  ]);
}

/** What a client says over one WebSocket: some frames, mutated or not. */
export function frames(chance: Chance): Buffer {
  const all = Buffer.concat(Array.from({ length: 1 + chance.below(6) }, () => frame(chance)));
  return chance.often(0.5) ? mutated(all, chance) : all;
}
