import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatCursor, parseCursor, START } from '../../src/protocol/cursor.ts';
import {
  parseMessage,
  parseNewMessage,
  parseReading,
  parseRoomName,
} from '../../src/protocol/message.ts';

const words = fc.record({
  sender: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  text: fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
});

test('a message that is accepted can be sent as UTF-8 JSON and read back unchanged', () => {
  fc.assert(
    fc.property(words, (json) => {
      const parsed = parseNewMessage(json);
      if (!parsed.ok) return;
      const bytes = new TextEncoder().encode(JSON.stringify(parsed.value));
      const back: unknown = JSON.parse(new TextDecoder().decode(bytes));
      expect(parseNewMessage(back)).toEqual(parsed);
    }),
    { numRuns: 500 },
  );
});

test('whatever JSON comes, it is a message or a sentence, never an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      for (const parsed of [parseNewMessage(json), parseMessage(json), parseReading(json)])
        if (!parsed.ok) expect(parsed.detail).toMatch(/\.$/);
    }),
    { numRuns: 1000 },
  );
});

test('a lone surrogate becomes U+FFFD', () => {
  const parsed = parseNewMessage({ sender: 'A', text: 'x\ud800y' });
  expect(parsed).toEqual({ ok: true, value: { sender: 'A', text: 'x\ufffdy' } });
});

test.each([
  ['newline and tab', 'a\n\tb', true],
  ['carriage return', 'a\rb', false],
  ['NUL', 'a\0b', false],
  ['DEL', 'a\u007fb', false],
  ['a C1 control', 'a\u0085b', false],
])('text with %s: accepted %s', (_name, text, ok) => {
  expect(parseNewMessage({ sender: 'A', text }).ok).toBe(ok);
});

test('length is counted in code points, not in UTF-16 units', () => {
  const accepts = (text: string) => parseNewMessage({ sender: 'A', text }).ok;
  expect(accepts('🙂'.repeat(2000))).toBe(true);
  expect(accepts('🙂'.repeat(2001))).toBe(false);
  expect(accepts('')).toBe(false);
  expect(parseNewMessage({ sender: '🙂'.repeat(41), text: 'x' }).ok).toBe(false);
});

test.each([
  ['kitchen_2', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['', false],
  ['a-b', false],
  ['中文', false],
  ['a\n', false],
])('room name %j: accepted %s', (name, ok) => {
  expect(parseRoomName(name).ok).toBe(ok);
});

test('every cursor that can be written can be read back', () => {
  const cursor = fc.record({
    epoch: fc.stringMatching(/^[a-z0-9]{1,16}$/),
    sequence: fc.integer({ min: 0, max: 36 ** 10 - 1 }),
  });
  fc.assert(
    fc.property(cursor, (value) => {
      expect(parseCursor(formatCursor(value))).toEqual({ ok: true, value });
    }),
  );
  expect(parseCursor(formatCursor(START))).toEqual({ ok: true, value: START });
});

test('a cursor that could not have been written is malformed', () => {
  const forms = [
    '',
    '1',
    '00',
    '0.',
    '.1',
    'a.',
    'a.01',
    'A.1',
    'a.1.1',
    'a.-1',
    'a. 1',
    ' 0',
    'a'.repeat(17) + '.1',
  ];
  for (const value of [...forms, undefined, null, 0, ['0'], {}])
    expect(parseCursor(value).ok).toBe(false);
});

test('two cursors written differently are never the same place', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 14 }), (text) => {
      const parsed = parseCursor(text);
      if (parsed.ok) expect(formatCursor(parsed.value)).toBe(text);
    }),
  );
});
