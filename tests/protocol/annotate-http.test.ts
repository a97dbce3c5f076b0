import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { annotate, type ByteField } from '../../src/protocol/annotate.ts';
import { eventStreamParser, formatComment, formatEvent } from '../../src/protocol/event-stream.ts';
import { expectTiles, outline, shape } from '../support/byte-fields.ts';
import { exchanged } from '../support/tapped.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('a request of node:http is a request line, headers, a blank line and a body', async () => {
  const { up } = await exchanged(
    (_, response) => response.end(),
    {
      method: 'POST',
      path: '/live/x?after=1',
      headers: { 'Content-Type': 'application/json', 'X-Empty': '' },
    },
    '{"text":"你好"}',
  );
  const fields = annotate({ kind: 'request' }, up);
  expectTiles(fields, up.length);
  const lines = shape(fields, ['request-line']);
  expect(lines.slice(0, 7)).toEqual([
    'request-line POST /live/x?after=1 HTTP/1.1',
    '  method POST',
    '  space  ',
    '  target /live/x?after=1',
    '  space  ',
    '  version HTTP/1.1',
    '  line-end \r\n',
  ]);
  expect(lines).toContain('header Content-Type: application/json');
  expect(lines.slice(-2)).toEqual(['blank-line \r\n', 'body {"text":"你好"}']);
  const empty = fields.find(({ value }) => value?.startsWith('X-Empty'));
  expect(shape(empty?.fields ?? [])).toEqual([
    'header-name X-Empty',
    'separator : ',
    'line-end \r\n',
  ]);
});

/** What is written before the last was sent may go into the same chunk. */
const written = (response: ServerResponse, text: string) =>
  new Promise((resolve) => response.write(text, resolve));

test('a response of node:http in chunks is annotated down to the lines of its events', async () => {
  const { down } = await exchanged(async (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', Trailer: 'X-Last' });
    await written(response, formatComment('hello'));
    await written(response, formatEvent({ id: '7', event: 'said', data: '你好\nBob', retry: 5 }));
    response.addTrailers({ 'X-Last': 'yes' });
    response.end('data: cut');
  }, {});
  const fields = annotate({ kind: 'response' }, down);
  expectTiles(fields, down.length);
  const lines = shape(fields, ['status-line', 'chunk', 'chunk-data', 'last-chunk']);
  expect(lines.slice(0, 2)).toEqual(['status-line HTTP/1.1 200 OK', '  version HTTP/1.1']);
  const body = lines.slice(lines.indexOf('blank-line \r\n'));
  expect(body.filter((line) => !line.includes('chunk-data'))).toEqual([
    'blank-line \r\n',
    'chunk',
    ...['  chunk-size 9', '  line-end \r\n', '    event-comment hello', '    event-end \n'],
    '  line-end \r\n',
    'chunk',
    ...['  chunk-size 51', '  line-end \r\n', '    event-type said', '    event-id 7'],
    ...['    event-retry 5', '    event-data 你好', '    event-data Bob', '    event-end \n'],
    '  line-end \r\n',
    'chunk',
    ...['  chunk-size 9', '  line-end \r\n', '    unread', '  line-end \r\n'],
    'last-chunk',
    ...['  chunk-size 0', '  line-end \r\n'],
    ...['trailer X-Last: yes', 'blank-line \r\n'],
  ]);
});

test('a body of a told length, or until the connection ends, is one field', async () => {
  const { down } = await exchanged((_, response) => response.end('好'), {});
  expect(shape(annotate({ kind: 'response' }, down)).slice(-2)).toEqual([
    'blank-line \r\n',
    'body 好',
  ]);
  expect(outline(annotate({ kind: 'chunk', chunked: false }, utf8('5\r\nhello\r\n')))).toEqual([
    'body 0–10 "5\\r\\nhello\\r\\n"',
  ]);
  const events = annotate(
    { kind: 'chunk', chunked: false, eventStream: true },
    utf8('data:x\r\n\r\n'),
  );
  expect(outline(events)).toEqual([
    'event-data 0–8 "x"',
    ...['  field-name 0–4 "data"', '  separator 4–5 ":"', '  field-value 5–6 "x"'],
    '  line-end 6–8 "\\r\\n"',
    'event-end 8–10 "\\r\\n"',
  ]);
});

test.each([
  [
    'a head that is cut in a line',
    'request',
    'GET / HTTP/1.1\r\nHost: a\r\nAcc',
    ['header Host: a', 'unread'],
  ],
  ['a request line that is none', 'request', 'GET  / HTTP/1.1\r\n\r\n', ['unread']],
  ['a target with a control character', 'request', 'GET /\x01 HTTP/1.1\r\n\r\n', ['unread']],
  [
    'a header without a name',
    'response',
    'HTTP/1.1 200\r\n: x\r\n\r\n',
    ['status-line HTTP/1.1 200', 'unread'],
  ],
  [
    'a space before a colon',
    'response',
    'HTTP/1.1 200 \r\na : x\r\n\r\n',
    ['status-line HTTP/1.1 200 ', 'unread'],
  ],
  [
    'frames after a 101',
    'upgrade',
    'HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n\x01',
    ['blank-line \r\n', 'unread'],
  ],
  ['a chunk that is longer than it says', 'chunk', '2\r\nabc\r\n', ['chunk', 'unread']],
  ['a size that is none', 'chunk', '0x2\r\nab\r\n', ['unread']],
  ['a size line that LF alone ends', 'chunk', '2\nab\r\n', ['unread']],
  ['a size that nobody can count', 'chunk', 'fffffffffffffffff\r\nab', ['unread']],
  ['what comes after the last chunk', 'end', '0\r\n\r\n0', ['blank-line \r\n', 'unread']],
  ['bytes of what has none', 'held', 'x', ['unread']],
] as const)('%s is read as far as it can be', (_name, kind, bytes, last) => {
  const fields = annotate({ kind, chunked: true }, utf8(bytes));
  expectTiles(fields, bytes.length);
  expect(shape(fields).slice(-2)).toEqual(last);
});

test('a chunk has an extension, and may be cut in its data', () => {
  expect(outline(annotate({ kind: 'chunk', chunked: true }, utf8('1F ;a=b\r\nhalf')))).toEqual([
    'chunk 0–13',
    '  chunk-size 0–2 "31"',
    '  chunk-extension 2–7 " ;a=b"',
    '  line-end 7–9 "\\r\\n"',
    '  chunk-data 9–13 "half"',
  ]);
  const half = utf8('6\r\n你好').subarray(0, -1);
  expect(outline(annotate({ kind: 'chunk', chunked: true }, half)).at(-1)).toBe(
    '  chunk-data 3–8 "你"',
  );
});

test('a line of an event stream is called what a client makes of it', () => {
  const line = fc.oneof(
    fc.constantFrom(
      '',
      'data',
      'data: 中',
      'data:',
      'id',
      'id: 4',
      'id: \0',
      'event:x',
      'retry: 5',
    ),
    fc.constantFrom('retry: 5s', ':c', 'Data: x', 'dat', 'data : x', ':', ': d', 'event:  y'),
  );
  const ends = fc.constantFrom('\n', '\r', '\r\n');
  const stream = fc.array(fc.tuple(line, ends)).map((lines) => lines.flat().join(''));
  fc.assert(
    fc.property(stream, fc.constantFrom('', 'data: cut'), (text, cut) => {
      const comments: string[] = [];
      const parser = eventStreamParser({ onComment: (comment) => comments.push(comment) });
      const events = parser.push(text + cut);
      const bytes = utf8(text + cut);
      const fields = annotate({ kind: 'chunk', eventStream: true }, bytes);
      expectTiles(fields, bytes.length);
      const said = (name: string) => fields.filter((field) => field.name === name);
      expect(said('event-comment').map(({ value }) => value)).toEqual(comments);
      expect(said('unread').length).toBe(cut ? 1 : 0);
      const retry = said('event-retry').at(-1)?.value;
      expect(parser.reconnectionTime).toBe(retry === undefined ? undefined : Number(retry));
      expect(dispatched(fields)).toEqual(events);
    }),
  );
});

/** The events that the fields of a stream make up. */
function dispatched(fields: readonly ByteField[]) {
  const events: { type: string; data: string; lastEventId: string }[] = [];
  let [type, data, lastEventId]: [string, string[], string] = ['', [], ''];
  for (const { name, value = '' } of fields) {
    if (name === 'event-type') type = value;
    if (name === 'event-data') data.push(value);
    if (name === 'event-id') lastEventId = value;
    if (name !== 'event-end') continue;
    if (data.length > 0)
      events.push({ type: type || 'message', data: data.join('\n'), lastEventId });
    [type, data] = ['', []];
  }
  return events;
}
