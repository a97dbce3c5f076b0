import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closePayload,
  decodeFrame,
  encodeFrame,
  frameFields,
  type FrameParts,
  NO_CODE,
  OPCODES,
  readClosePayload,
} from '../../src/protocol/frame.ts';

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const utf8 = (text: string) => new TextEncoder().encode(text);
const filled = (length: number) => new Uint8Array(length).map((_, index) => index % 251);

const HELLO_KEY = bytesOf('37fa213d');
const { continuation, text, binary, close, ping, pong } = OPCODES;

test.each<[string, string, FrameParts]>([
  ['an unmasked text', '81 05 48656c6c6f', { fin: true, opcode: text, payload: utf8('Hello') }],
  [
    'a masked text',
    '81 85 37fa213d 7f9f4d5158',
    { fin: true, opcode: text, payload: utf8('Hello'), mask: HELLO_KEY },
  ],
  ['a first fragment', '01 03 48656c', { fin: false, opcode: text, payload: utf8('Hel') }],
  ['a last fragment', '80 02 6c6f', { fin: true, opcode: continuation, payload: utf8('lo') }],
  ['a ping', '89 05 48656c6c6f', { fin: true, opcode: ping, payload: utf8('Hello') }],
  [
    'a masked pong',
    '8a 85 37fa213d 7f9f4d5158',
    { fin: true, opcode: pong, payload: utf8('Hello'), mask: HELLO_KEY },
  ],
])('%s is as in RFC 6455 §5.7', (_name, hex, parts) => {
  const { fin, opcode, payload, mask } = parts;
  expect(encodeFrame(parts)).toEqual(bytesOf(hex));
  const headerLength = mask ? 6 : 2;
  expect(decodeFrame(bytesOf(hex))).toEqual({
    ok: true,
    value: {
      ...{ fin, rsv: 0, opcode, masked: mask !== undefined, ...(mask && { maskKey: mask }) },
      ...{ payload, payloadLength: payload.length, headerLength },
      frameLength: headerLength + payload.length,
    },
  });
});

test.each([
  [0, '82 00'],
  [125, '82 7d'],
  [126, '82 7e 007e'],
  [256, '82 7e 0100'],
  [65535, '82 7e ffff'],
  [65536, '82 7f 0000000000010000'],
])('%i bytes have the header %s', (length, hex) => {
  const header = bytesOf(hex);
  const frame = encodeFrame({ fin: true, opcode: binary, payload: filled(length) });
  expect(frame.subarray(0, header.length)).toEqual(header);
  expect(frame.length).toBe(header.length + length);
});

const parts: fc.Arbitrary<FrameParts> = fc
  .record({
    fin: fc.boolean(),
    opcode: fc.constantFrom(...Object.values(OPCODES)),
    length: fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 127, 65535, 65536, 65537)),
    seed: fc.nat(255),
    mask: fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }), { nil: undefined }),
  })
  .map(({ fin, opcode, length, seed, mask }) => ({
    fin: fin || opcode >= 8,
    opcode,
    payload: filled(opcode >= 8 ? Math.min(length, 125) : length).map((byte) => byte ^ seed),
    ...(mask && { mask }),
  }));

test('every frame that is written can be read back, wherever it lies and whatever follows', () => {
  fc.assert(
    fc.property(parts, fc.uint8Array({ maxLength: 9 }), fc.nat(9), (written, after, at) => {
      const frame = encodeFrame(written);
      const buffer = new Uint8Array(at + frame.length + after.length);
      buffer.set(frame, at);
      buffer.set(after, at + frame.length);
      const { fin, opcode, payload, mask } = written;
      const read = decodeFrame(buffer.subarray(at));
      expect(read.ok && read.value.frameLength).toBe(frame.length);
      expect(read).toMatchObject({ value: { fin, opcode, masked: mask !== undefined } });
      expect(read.ok && Buffer.compare(read.value.payload, payload)).toBe(0);
    }),
  );
});

test('the fields of a frame lie end to end and are what they are called', () => {
  const names = (frame: Uint8Array) => {
    const fields = frameFields(frame);
    if (!fields.ok) throw new Error(fields.detail);
    return fields.value.map(({ name, from, to }) => `${name} ${from}-${to}`);
  };
  expect(names(bytesOf('8900'))).toEqual(['first-byte 0-1', 'length 1-2']);
  const masked = { fin: true, opcode: binary, mask: HELLO_KEY };
  expect(names(encodeFrame({ ...masked, payload: filled(3) }))).toEqual([
    'first-byte 0-1',
    'length 1-2',
    'mask-key 2-6',
    'payload 6-9',
  ]);
  expect(names(encodeFrame({ ...masked, payload: filled(126) }))).toEqual([
    'first-byte 0-1',
    'length 1-2',
    'extended-length 2-4',
    'mask-key 4-8',
    'payload 8-134',
  ]);
  expect(names(encodeFrame({ fin: true, opcode: binary, payload: filled(65536) }))).toEqual([
    'first-byte 0-1',
    'length 1-2',
    'extended-length 2-10',
    'payload 10-65546',
  ]);
});

test('a frame cut anywhere is bad, with a sentence', () => {
  const mask = HELLO_KEY;
  for (const length of [0, 5, 125, 126, 300, 65536])
    for (const masked of [{}, { mask }]) {
      const frame = encodeFrame({ fin: true, opcode: text, payload: filled(length), ...masked });
      const cuts = frame.length < 400 ? frame.keys() : [0, 1, 2, 9, 10, 13, 14, frame.length - 1];
      for (const cut of cuts)
        for (const read of [decodeFrame, frameFields])
          expect(read(frame.subarray(0, cut))).toMatchObject({
            ok: false,
            detail: expect.stringMatching(/\.$/) as string,
          });
    }
});

test.each([
  ['a reserved data opcode', '83 00', /opcode 3 is reserved/],
  ['a reserved control opcode', '8b 00', /opcode 11 is reserved/],
  ['a fragmented ping', '09 00', /fragmented/],
  ['a ping longer than 125 bytes', '89 7e 007e', /at most 125/],
  ['a 16-bit length that fits into 7', '82 7e 007d' + '00'.repeat(125), /fewest bytes/],
  ['a 64-bit length that fits into 16', '82 7f 000000000000ffff', /fewest bytes/],
  ['a 64-bit length with its first bit set', '82 7f 8000000000000000', /first bit/],
  ['the longest length that can be claimed', '82 7f 7fffffffffffffff', /9223372036854775807 bytes/],
])('%s is bad', (_name, hex, sentence) => {
  const read = decodeFrame(bytesOf(hex));
  expect(!read.ok && read.detail).toMatch(sentence);
});

test('the reserved bits are told, not judged: an extension may have agreed on them', () => {
  expect(decodeFrame(bytesOf('c1 00'))).toMatchObject({ ok: true, value: { rsv: 4, fin: true } });
  expect(decodeFrame(bytesOf('11 00'))).toMatchObject({ ok: true, value: { rsv: 1, fin: false } });
});

test.each<[string, object, RegExp]>([
  ['an unknown opcode', { opcode: 3 }, /OPCODES/],
  ['a split ping', { opcode: ping, fin: false }, /set fin/],
  ['a ping of 126 bytes', { opcode: ping, payload: filled(126) }, /at most 125/],
  ['a mask of 3 bytes', { mask: filled(3) }, /4 bytes/],
])('%s is not written, and the sentence says what to do', (_name, wrong, sentence) => {
  const frame = { fin: true, opcode: text, payload: filled(0), ...wrong } as FrameParts;
  expect(() => encodeFrame(frame)).toThrow(sentence);
});

test('a close code and reason can be read back, also when they begin with U+FEFF', () => {
  expect(closePayload(1000, 'bye')).toEqual(bytesOf('03e8 627965'));
  for (const reason of ['', 'bye', '\ufeffx', '🙂'.repeat(30) + 'abc'])
    for (const code of [1000, 1003, 1007, 1014, 3000, 4999])
      expect(readClosePayload(closePayload(code, reason))).toEqual({
        ok: true,
        value: { code, reason },
      });
  expect(readClosePayload(filled(0))).toEqual({ ok: true, value: { code: NO_CODE, reason: '' } });
});

test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])(
  'the close code %i is neither sent nor received',
  (code) => {
    expect(() => closePayload(code)).toThrow(RangeError);
    const read = readClosePayload(Uint8Array.of(code >> 8, code & 0xff));
    expect(!read.ok && read.detail).toMatch(`close code ${code} must not`);
  },
);

test('a close payload that is not one is bad, and none too long is written', () => {
  const detail = (payload: Uint8Array) => {
    const read = readClosePayload(payload);
    return read.ok ? '' : read.detail;
  };
  expect(detail(bytesOf('03'))).toMatch(/2 bytes/);
  expect(detail(bytesOf('03e8 ff'))).toMatch(/UTF-8/);
  expect(detail(bytesOf('03e8' + '61'.repeat(124)))).toMatch(/at most 123/);
  expect(() => closePayload(1000, '🙂'.repeat(31))).toThrow(/not 124/);
  expect(() => closePayload(1000.5)).toThrow(/1000.5 cannot be sent/);
  expect(
    encodeFrame({ fin: true, opcode: close, payload: closePayload(1000, 'a'.repeat(123)) }).length,
  ).toBe(127);
});
