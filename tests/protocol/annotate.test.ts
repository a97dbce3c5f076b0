import fc from 'fast-check';
import { expect, test } from 'vitest';
import { annotate, type Captured } from '../../src/protocol/annotate.ts';
import { closePayload, encodeFrame, OPCODES } from '../../src/protocol/frame.ts';
import { bytesOf } from '../../src/protocol/wire-bytes.ts';
import { expectTiles, outline } from '../support/byte-fields.ts';

const ofHex = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const utf8 = (text: string) => new TextEncoder().encode(text);
const frame = (bytes: Uint8Array) => outline(annotate({ kind: 'frame' }, bytes));

const { continuation, text, binary, close, ping, pong } = OPCODES;
const bits = (byte: number, values: Record<string, string>) => {
  let at = 0;
  return Object.entries(values).map(([name, value]) => {
    const from = at;
    at += name === 'opcode' ? 4 : name === 'length-7' ? 7 : 1;
    return `  ${name} ${byte}:${from}–${at} ${JSON.stringify(value)}`;
  });
};
/** The two bytes that every frame has. */
const twoBytes = (fin: string, opcode: string, mask: string, length: string) => [
  'first-byte 0–1',
  ...bits(0, { fin, rsv1: '0', rsv2: '0', rsv3: '0', opcode }),
  'length 1–2',
  ...bits(1, { mask, 'length-7': length }),
];

test.each<[string, string, string[]]>([
  [
    'a single-frame unmasked text message',
    '81 05 48 65 6c 6c 6f',
    [...twoBytes('1', '1 text', '0', '5'), 'payload 2–7 "Hello"'],
  ],
  [
    'a single-frame masked text message',
    '81 85 37 fa 21 3d 7f 9f 4d 51 58',
    [...twoBytes('1', '1 text', '1', '5'), 'mask-key 2–6 "37 fa 21 3d"', 'payload 6–11 "Hello"'],
  ],
  [
    'the first fragment of a text message',
    '01 03 48 65 6c',
    [...twoBytes('0', '1 text', '0', '3'), 'payload 2–5 "Hel"'],
  ],
  [
    'its second fragment',
    '80 02 6c 6f',
    [...twoBytes('1', '0 continuation', '0', '2'), 'payload 2–4 "lo"'],
  ],
  [
    'an unmasked ping',
    '89 05 48 65 6c 6c 6f',
    [...twoBytes('1', '9 ping', '0', '5'), 'payload 2–7 "Hello"'],
  ],
  [
    'a masked pong',
    '8a 85 37 fa 21 3d 7f 9f 4d 51 58',
    [...twoBytes('1', '10 pong', '1', '5'), 'mask-key 2–6 "37 fa 21 3d"', 'payload 6–11 "Hello"'],
  ],
  [
    '256 bytes of binary data',
    '82 7e 01 00' + 'ab'.repeat(256),
    [
      ...twoBytes('1', '2 binary', '0', '126'),
      'extended-length 2–4 "256"',
      `payload 4–260 "${'ab '.repeat(256).trim()}"`,
    ],
  ],
])('%s, RFC 6455 §5.7, is named bit by bit', (_name, hex, expected) => {
  expect(frame(ofHex(hex))).toEqual(expected);
});

test('64 KiB of binary data, RFC 6455 §5.7, are named also when only their start was kept', () => {
  const bytes = encodeFrame({ fin: true, opcode: binary, payload: new Uint8Array(65536) });
  expect(bytes.subarray(0, 10)).toEqual(ofHex('82 7f 00 00 00 00 00 01 00 00'));
  expect(frame(bytes.subarray(0, 12))).toEqual([
    ...twoBytes('1', '2 binary', '0', '127'),
    'extended-length 2–10 "65536"',
    'payload 10–12 "00 00"',
  ]);
});

test('a close frame says its code and its reason, masked or not', () => {
  const payload = closePayload(4000, '再见');
  for (const mask of [undefined, Uint8Array.of(1, 2, 3, 4)]) {
    const bytes = encodeFrame({ fin: true, opcode: close, payload, ...(mask && { mask }) });
    const at = mask ? 6 : 2;
    expect(frame(bytes).slice(-3)).toEqual([
      `payload ${at}–${at + 8}`,
      `  close-code ${at}–${at + 2} "4000"`,
      `  close-reason ${at + 2}–${at + 8} "再见"`,
    ]);
    expect(frame(bytes.subarray(0, at + 4)).slice(-2)).toEqual([
      `  close-code ${at}–${at + 2} "4000"`,
      `  close-reason ${at + 2}–${at + 4} "\ufffd"`,
    ]);
  }
});

test.each([
  ['a code that must not be sent', '88 02 03ed', '  unread 2–4'],
  ['a reason that is not UTF-8', '88 03 03e8 ff', '  unread 2–5'],
  ['half a code', '88 01 03', '  unread 2–3'],
  ['a reserved opcode', '83 00', 'unread 0–2'],
  ['a ping in pieces', '09 00', 'unread 0–2'],
  ['half a header', '82 7e 01', 'unread 0–3'],
  ['something after the frame', '81 01 61 62', 'unread 3–4'],
])('%s is not read', (_name, hex, last) => {
  expect(frame(ofHex(hex)).at(-1)).toBe(last);
});

test('what an extension made of a payload is not given out as its text', () => {
  expect(frame(ofHex('c1 01 61')).at(-1)).toBe('payload 2–3');
});

const captured: fc.Arbitrary<Captured> = fc.record({
  kind: fc.constantFrom('request', 'response', 'upgrade', 'chunk', 'end', 'frame', 'held'),
  chunked: fc.boolean(),
  eventStream: fc.boolean(),
});

/** Bytes that are almost what they should be: pieces of the grammars, put together by chance. */
const pieces = [
  ...['GET / HTTP/1.1\r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 101 \r\n', 'Host: a\r\n', 'a:b \n'],
  ...['Transfer-Encoding: chunked\r\n', 'Content-Type: text/event-stream\r\n', '\r\n', '\n', '\r'],
  ...['5\r\n', 'a;b=c\r\n', '0\r\n', '1f', 'data: 中\n', 'id\n', ': c\n', 'retry:1\r', '\u202e'],
].map(utf8);
const frames = [
  ...[text, binary, continuation].map((opcode) => ({ fin: false, opcode, payload: utf8('中文') })),
  ...[ping, pong].map((opcode) => ({ fin: true, opcode, payload: utf8('🙂') })),
  { fin: true, opcode: close, payload: closePayload(1000, '再见') },
].flatMap((parts) => [encodeFrame(parts), encodeFrame({ ...parts, mask: utf8('mask') })]);
const somehow = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .array(fc.oneof(fc.constantFrom(...pieces, ...frames), fc.uint8Array({ maxLength: 4 })))
    .map((parts) => new Uint8Array(Buffer.concat(parts))),
);

test('the fields of any bytes, cut anywhere, lie end to end and are those bytes', () => {
  fc.assert(
    fc.property(captured, somehow, fc.nat(250), (what, bytes, cut) => {
      for (const part of [bytes, bytes.subarray(cut)]) {
        const before = Buffer.from(part).toString('hex');
        expectTiles(annotate(what, part), part.length);
        expect(Buffer.from(part).toString('hex')).toBe(before);
      }
      expectTiles(annotate(what, bytes.subarray(0, cut)), Math.min(cut, bytes.length));
    }),
    { numRuns: 2000 },
  );
});

test('the bytes of an event are a head and its body, and no more than were kept of them', () => {
  const base64 = (words: string) => Buffer.from(words).toString('base64');
  const request = { kind: 'request', method: 'POST', target: '/' } as const;
  const head = { base64: base64('POST …'), length: 8 };
  const body = { base64: base64('{}中'), length: 90 };
  expect(bytesOf({ ...request, head, body })).toEqual({ bytes: utf8('POST …{}中'), length: 98 });
  expect(bytesOf({ ...request, head: { ...head, length: 9 }, body })).toEqual({
    bytes: utf8('POST …'),
    length: 99,
  });
  expect(bytesOf({ ...request })).toBeUndefined();
  expect(bytesOf({ kind: 'end', bytes: { base64: '', length: 0 } })).toEqual({
    bytes: utf8(''),
    length: 0,
  });
  expect(bytesOf({ kind: 'held' })).toBeUndefined();
});
