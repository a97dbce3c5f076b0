import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  framingOfRequest,
  framingOfResponse,
  WireReader,
  type WireListener,
} from '../../src/protocol/wire-reader.ts';
import { encodeFrame, OPCODES } from '../../src/protocol/frame.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const text = (part: Uint8Array) => Buffer.from(part).toString('latin1');

/** What a reader tells of bytes that come in these pieces. */
function read(pieces: readonly Uint8Array[], method?: string): string[] {
  const told: string[] = [];
  const listener: WireListener = {
    head: ({ collected, start }) =>
      told.push(`head ${start[0]} ${start[1]} ${collected.length}: ${text(collected.bytes)}`),
    piece: (collected, content) => told.push(`piece ${content}: ${text(collected.bytes)}`),
    end: (collected) => told.push(`end: ${text(collected.bytes)}`),
    frame: (collected, opcode, content) =>
      told.push(`frame ${opcode} ${content}: ${text(collected.bytes)}`),
  };
  const reader = new WireReader(
    listener,
    method === undefined ? framingOfRequest : (head) => framingOfResponse(head, method),
  );
  for (const piece of pieces) reader.push(piece);
  return told;
}

const GET = 'GET /a?as=b HTTP/1.1\r\nHost: x\r\n\r\n';
const POST = 'POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello';
const UPLOAD = 'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';

test('requests that follow each other are told apart, by their length, by chunks, or by having no body', () => {
  expect(read([bytes(GET + POST + UPLOAD + GET)])).toEqual([
    `head GET /a?as=b ${GET.length}: ${GET}`,
    'end: ',
    `head POST /b ${POST.length - 5}: ${POST.slice(0, -5)}`,
    'piece 5: hello',
    'end: ',
    expect.stringMatching(/^head POST \/c/) as string,
    'piece 5: 5\r\nhello\r\n',
    'end: 0\r\n\r\n',
    `head GET /a?as=b ${GET.length}: ${GET}`,
    'end: ',
  ]);
});

test('a response has a body or none, as its status and the request’s method say', () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
  expect(read([bytes(`${head}hi`)], 'GET').slice(1)).toEqual(['piece 2: hi', 'end: ']);
  expect(read([bytes(head)], 'HEAD').slice(1)).toEqual(['end: ']);
  const none = 'HTTP/1.1 204 No Content\r\n\r\n';
  expect(read([bytes(none + head)], 'GET')[1]).toBe('end: ');
  const close = 'HTTP/1.1 200 OK\r\n\r\nuntil it ';
  expect(read([bytes(close), bytes('ends')], 'GET').slice(1)).toEqual([
    'piece 9: until it ',
    'piece 4: ends',
  ]);
});

test('after 101 frames follow', () => {
  const frame = encodeFrame({ fin: true, opcode: OPCODES.text, payload: bytes('x'.repeat(200)) });
  const empty = encodeFrame({ fin: true, opcode: OPCODES.ping, payload: bytes('') });
  const head = bytes('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
  expect(read([head, frame, empty], 'GET').slice(1)).toEqual([
    `frame 1 200: ${text(frame)}`,
    `frame 9 0: ${text(empty)}`,
  ]);
});

test('wherever it is cut, the same is told', () => {
  const whole = bytes(GET + UPLOAD + POST + UPLOAD + GET);
  const once = read([whole]).filter((line) => !line.startsWith('piece 5: h'));
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 20 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((end, at) => whole.subarray(places[at], end));
      // A body of a known length is told as it comes: those parts differ.
      const told = read(pieces).filter((line) => !/^piece \d+: [a-z]+$/.test(line));
      expect(told).toEqual(once);
    }),
  );
});

test('whatever comes, it throws nothing, and keeps no more than a head may have', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (pieces) => {
      read(pieces);
      read(pieces, 'GET');
    }),
  );
  const endless = read(Array.from({ length: 100 }, () => bytes('x'.repeat(1_000))));
  expect(endless).toEqual([]);
});
