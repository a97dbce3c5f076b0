import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  eventStreamParser,
  formatComment,
  formatEvent,
  type StreamEvent,
} from '../../src/protocol/event-stream.ts';

/** All that a parser told about a stream that came in these pieces. */
function read(...chunks: string[]) {
  const comments: string[] = [];
  const parser = eventStreamParser({ onComment: (text) => comments.push(text) });
  const events = chunks.flatMap((chunk) => parser.push(chunk));
  const { lastEventId, reconnectionTime, held } = parser;
  return { events, comments, lastEventId, reconnectionTime, held };
}

const message = (data: string, lastEventId = '') => ({ type: 'message', data, lastEventId });

test('what is written can be read back, with CR and CRLF in the data as LF', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('\r', '\n', ' ', ':', 'a', '\0', '\ufeff', '\u2028') }),
  );
  const line = text.map((value) => value.replace(/[\r\n]/g, ''));
  const id = line.map((value) => value.replaceAll('\0', ''));
  const event = fc.record(
    { event: line, id, retry: fc.maxSafeNat(), data: text },
    { requiredKeys: ['data'] },
  );
  fc.assert(
    fc.property(fc.array(event), text, (written, comment) => {
      const parts = written.map((fields) => formatEvent(fields) + formatComment(comment));
      let lastEventId = '';
      const expected = written.map(({ event, id, data }) => {
        lastEventId = id ?? lastEventId;
        return { type: event || 'message', data: data.replace(/\r\n?/g, '\n'), lastEventId };
      });
      const heard = read(parts.join(''));
      expect(heard.events).toEqual(expected);
      expect(heard.reconnectionTime).toBe(
        written.findLast(({ retry }) => retry !== undefined)?.retry,
      );
      const lines = comment.split(/\r\n|\r|\n/);
      expect(heard.comments).toEqual(written.flatMap(() => lines));
    }),
    { numRuns: 500 },
  );
});

test('an event is written field by field, and each line of its data for itself', () => {
  expect(formatEvent({ event: 'note', id: '7', retry: 0, data: 'a\r\nb\rc\n' })).toBe(
    'event: note\nid: 7\nretry: 0\ndata: a\ndata: b\ndata: c\ndata: \n\n',
  );
});

test('a comment cannot end in the middle, and what follows it starts afresh', () => {
  expect(formatComment('a\ndata: b\r\rc')).toBe(': a\n: data: b\n: \n: c\n\n');
});

test.each<[string, StreamEvent, RegExp]>([
  ['an id with LF', { id: '1\ndata: forged', data: '' }, /"id" must be one line/],
  ['an id with CR', { id: '1\rdata: forged', data: '' }, /"id" must be one line/],
  ['an id with U+0000', { id: '1\0', data: '' }, /leave that out/],
  ['an event with LF', { event: 'a\nid: 9', data: '' }, /"event" must be one line/],
  ['an event with CR', { event: 'a\r', data: '' }, /"event" must be one line/],
  ['an event without data', { event: 'a', id: '1' }, /give "data"/],
  ['a negative retry', { retry: -1 }, /whole number/],
  ['half a ms of retry', { retry: 0.5 }, /whole number/],
  ['an endless retry', { retry: Infinity }, /whole number/],
  ['a retry that would be written 1e+21', { retry: 1e21 }, /whole number/],
  ['nothing', {}, /says nothing/],
])('%s is not written, and the sentence says what to do', (_name, fields, sentence) => {
  expect(() => formatEvent(fields)).toThrow(sentence);
  expect(() => formatEvent(fields)).toThrow(RangeError);
});

test('a block with an id alone moves the place to resume from and dispatches nothing', () => {
  expect(read(formatEvent({ id: '5' }))).toMatchObject({ events: [], lastEventId: '5' });
});

test.each<[string, string, ReturnType<typeof message>[]]>([
  ['a blank line dispatches what was gathered', 'data: a\n\n', [message('a')]],
  ['without event the type is message', 'event:\ndata: a\n\n', [message('a')]],
  [
    'the last of two events counts',
    'event: a\nevent: b\ndata\n\n',
    [{ ...message(''), type: 'b' }],
  ],
  ['data lines are joined by LF', 'data: a\ndata: b\n\n', [message('a\nb')]],
  ['data without a value is an empty line', 'data\ndata\n\n', [message('\n')]],
  ['one space after the colon is dropped, no more', 'data:  a \ndata:b\n\n', [message(' a \nb')]],
  ['a tab after the colon stays', 'data:\ta\n\n', [message('\ta')]],
  ['only the first colon divides', 'data: a: b\n\n', [message('a: b')]],
  ['unknown fields are ignored', 'date: 1\n data: 2\ndata : 3\ndata: 4\n\n', [message('4')]],
  ['field names are not folded to lower case', 'Data: a\nDATA: b\n\n', []],
  ['comments are ignored inside a block', 'data: a\n: data: b\ndata: c\n\n', [message('a\nc')]],
  [
    'a block without data dispatches nothing, nor leaves a type',
    'event: a\n\ndata\n\n',
    [message('')],
  ],
  ['an id lasts until the next', 'id: 1\ndata\n\ndata\n\n', [message('', '1'), message('', '1')]],
  ['a bare id clears', 'id: 1\ndata\n\nid\ndata\n\n', [message('', '1'), message('')]],
  ['an id with U+0000 is ignored', 'id: 1\nid: 2\0\ndata\n\n', [message('', '1')]],
  ['a block not ended is discarded', 'data: a\n\ndata: b\n', [message('a')]],
  [
    'no other character ends a line',
    'data: a\u2028\u0085\v\fb\n\n',
    [message('a\u2028\u0085\v\fb')],
  ],
  ['one byte order mark is dropped', '\ufeffdata: a\n\n', [message('a')]],
  ['a second byte order mark is part of a name', '\ufeff\ufeffdata: a\n\ndata\n\n', [message('')]],
])('§9.2.6: %s', (_rule, stream, events) => {
  expect(read(stream).events).toEqual(events);
});

test.each([
  ['250', 250],
  ['007', 7],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  [' 10', undefined],
  ['10 ', undefined],
  ['٣', undefined],
])('§9.2.6: retry: %j sets the reconnection time to %s at once', (value, time) => {
  expect(read(`retry: ${value}\n`).reconnectionTime).toBe(time);
});

test('an id counts only when its block is complete, and is kept from the connection before', () => {
  const parser = eventStreamParser({ lastEventId: '4' });
  expect(parser.lastEventId).toBe('4');
  expect(parser.push('data\n\nid: 5\ndata\n')).toEqual([message('', '4')]);
  expect(parser.lastEventId).toBe('4');
  expect(parser.push('\n')).toEqual([message('', '5')]);
  expect(parser.lastEventId).toBe('5');
});

test('a CR dispatches at once, without waiting for what follows', () => {
  expect(read('data: a\r', '\r').events).toEqual([message('a')]);
});

test('what is held is the line and the data that are not complete', () => {
  const parser = eventStreamParser();
  const held = (chunk: string) => (parser.push(chunk), parser.held);
  expect(['data: ab', 'c\n', ': comment\n', '\n'].map(held)).toEqual([8, 4, 4, 0]);
});
