import { expect, test } from 'vitest';
import type { Arrow } from '../../../src/protocol/drawn.ts';
import { arrowAt, isStep } from '../../../src/widgets/picture/arrow-keys.ts';

/** Arrows by when they begin; that of an arrow without a beginning is where it arrived. */
const arrows = [
  { key: 'b', from: 20, to: 30 },
  { key: 'a', from: 10, to: 40 },
  { key: 'c', from: undefined, to: 35 },
] as unknown as Arrow[];

test.each([
  ['ArrowDown', 'a', 'b'],
  ['ArrowDown', 'c', 'c'],
  ['ArrowUp', 'c', 'b'],
  ['ArrowUp', 'a', 'a'],
  ['Home', 'c', 'a'],
  ['End', 'a', 'c'],
  ['ArrowDown', '', 'a'],
  ['ArrowUp', '', 'c'],
  ['ArrowDown', 'gone', 'a'],
])('%s goes from “%s” to %s, in time', (key, current, next) => {
  expect(arrowAt(key, arrows, current)?.key).toBe(next);
});

test('other keys go nowhere, and nothing is gone to where nothing is', () => {
  expect(['Tab', 'Enter', 'toString'].some(isStep)).toBe(false);
  expect(arrowAt('ArrowDown', [], '')).toBeUndefined();
});
