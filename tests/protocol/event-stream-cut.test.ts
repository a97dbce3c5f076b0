import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventStreamParser } from '../../src/protocol/event-stream.ts';

/** All that a parser told about a stream that came in these pieces. */
function read(...chunks: string[]) {
  const comments: string[] = [];
  const parser = eventStreamParser({ onComment: (text) => comments.push(text) });
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  const { lastEventId, reconnectionTime, held } = parser;
  return { events, comments, lastEventId, reconnectionTime, held };
}

const streams: [string, string][] = [
  ['LF', 'event: a\ndata: 1\n\ndata: 2\n\n'],
  ['CR', 'event: a\rdata: 1\r\rdata: 2\r\r'],
  ['CRLF', 'event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n'],
  ['mixed line ends', 'data: 1\r\ndata: 2\rdata: 3\n\r\n\rdata: 4\n\rdata: 5\r\n\n'],
  ['a byte order mark', '\ufeffdata: 1\n\n\ufeffdata: 2\n\ndata: \ufeff\n\n'],
  ['data of several lines', 'data: a\ndata:b\ndata:  c\n\n'],
  ['empty data lines', 'data\n\ndata\ndata\n\ndata:\ndata: \n\ndata:'],
  ['comments', ':\n: a\ndata: 1\n:b\ndata: 2\n\n: c\n\n'],
  ['hostile ids', 'id: 1\0\ndata: a\n\nid: 2\ndata: b\n\nid: \0\ndata: c\n\nid\ndata: d\n\n'],
  ['astral characters', 'event: 🙂\nid: 🙃\nretry: 20\ndata: 🙂🙃\n\nretry: 3x\n: 🙂\n'],
];

test.each(streams)('a stream with %s says the same wherever it is cut', (_name, stream) => {
  const whole = read(stream);
  for (let i = 0; i <= stream.length; i++)
    for (let j = i; j <= stream.length; j++)
      expect(read(stream.slice(0, i), stream.slice(i, j), stream.slice(j))).toEqual(whole);
  expect(read(...stream.split(''))).toEqual(whole);
});

test('a random stream says the same however it is cut', () => {
  const token = fc.constantFrom(
    ...['\r', '\n', '\r\n', '\n\n', ':', ' ', '\0', '\ufeff', '7'],
    ...[
      'data',
      'data: x',
      'event: e',
      'event',
      'id: 1',
      'id',
      'retry: 5',
      'retry',
      'other: 1',
      '🙂',
    ],
  );
  const cuts = fc.array(fc.nat(80), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(token, { maxLength: 25 }), cuts, (tokens, places) => {
      const stream = tokens.join('');
      const sorted = [0, ...places.toSorted((a, b) => a - b), stream.length + 80];
      const chunks = sorted.map((from, index) => stream.slice(from, sorted[index + 1]));
      expect(read(...chunks)).toEqual(read(stream));
    }),
    { numRuns: 2000 },
  );
});

test('a line that does not end costs no more for coming byte by byte, nor do many short ones', () => {
  const parser = eventStreamParser();
  parser.push('data: ');
  for (let i = 0; i < 2 ** 20; i++) parser.push('x');
  expect(parser.held).toBe(2 ** 20 + 6);
  expect(parser.push('\n\n')[0]?.data.length).toBe(2 ** 20);
  expect(read('data\n'.repeat(2 ** 18), '\n').events[0]?.data.length).toBe(2 ** 18 - 1);
  expect(read('data\n\n'.repeat(2 ** 17)).events.length).toBe(2 ** 17);
}, 5000);
