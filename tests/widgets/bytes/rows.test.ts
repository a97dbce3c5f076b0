import fc from 'fast-check';
import { expect, test } from 'vitest';
import { annotate } from '../../../src/protocol/annotate.ts';
import { cellsOf, leavesOf, placesOf, rowsOf, visible } from '../../../src/widgets/bytes/rows.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('the rows of a frame are divided by its fields, and its bits stay together in their byte', () => {
  const bytes = new Uint8Array(Buffer.from('818537fa213d7f9f4d5158', 'hex'));
  const places = placesOf(annotate({ kind: 'frame' }, bytes));
  const leaves = leavesOf(places);
  expect(leaves.map(({ field }) => field.name)).toEqual([
    'first-byte',
    'length',
    'mask-key',
    'payload',
  ]);
  const rows = rowsOf(leaves, bytes.length, 8).map((row) =>
    row.map(({ index, from, to }) => `${places[index]?.field.name} ${from}–${to}`),
  );
  expect(rows).toEqual([
    ['first-byte 0–1', 'length 1–2', 'mask-key 2–6', 'payload 6–8'],
    ['payload 8–11'],
  ]);
});

test('rows show each byte once, in order, whatever was captured', () => {
  const kind = fc.constantFrom('request', 'chunk', 'frame' as const);
  const text = fc.constantFrom(
    'GET / HTTP/1.1\r\n',
    'a: b\r\n',
    '\r\n',
    '5\r\nhello\r\n',
    'data: x\n',
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 99 }),
    fc.array(text).map((lines) => utf8(lines.join(''))),
  );
  fc.assert(
    fc.property(kind, bytes, fc.constantFrom(8, 16), (what, captured, perRow) => {
      const fields = annotate({ kind: what, chunked: true, eventStream: true }, captured);
      const rows = rowsOf(leavesOf(placesOf(fields)), captured.length, perRow);
      let at = 0;
      for (const [index, row] of rows.entries())
        for (const { from, to } of row) {
          expect({ from, row: Math.floor(from / perRow) }).toEqual({ from: at, row: index });
          expect(Math.floor((to - 1) / perRow)).toBe(index);
          at = to;
        }
      expect(at).toBe(captured.length);
    }),
  );
});

test('bytes as text are as many cells as can be seen, and stand for all bytes', () => {
  const shown = (bytes: Uint8Array) => cellsOf(bytes).map(({ text, bytes: n }) => `${text}${n}`);
  expect(shown(utf8('a 中🙂\r\n\0\x7f'))).toEqual([
    ...['a1', ' 1', '中3', '🙂4', '·1', '·1', '·1', '·1'],
  ]);
  expect(shown(utf8('中').subarray(0, 2))).toEqual(['·1', '·1']);
  expect(shown(utf8('\u202e\u0301'))).toEqual(['·1', '·1', '·1', '·1', '·1']);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(cellsOf(bytes).reduce((sum, cell) => sum + cell.bytes, 0)).toBe(bytes.length);
    }),
  );
});

test('nothing in a text is hidden', () => {
  expect(visible('a\r\n\t b')).toBe('a\\r\\n\\t b');
  expect(visible('x\u202ey\u200b\u0085\ufeff中🙂')).toBe('x⟨U+202E⟩y⟨U+200B⟩⟨U+0085⟩⟨U+FEFF⟩中🙂');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    }),
  );
});
