import { expect, test } from 'vitest';
import { CLEAR } from '../../src/protocol/conditions.ts';
import { Wire } from '../../server/wire/wire.ts';

const TAG = 'aliceAlice000000';
const SLOW = { ...CLEAR, latency: 100 };

test('conditions go with the room: as long after the last traffic, and so does the look at connections', () => {
  let now = 0;
  const wire = new Wire(120, { monotonic: () => now });
  wire.setConditions(TAG, SLOW, '127.0.0.1');
  now = 119_000;
  expect(wire.conditionsOf(TAG)).toEqual(SLOW); // its reader is there
  now = 238_000;
  expect(wire.isWatched('::1')).toBe(true);
  expect(wire.isWatched('192.0.2.1')).toBe(false);
  now = 240_000;
  expect(wire.isWatched('127.0.0.1')).toBe(false);
  expect(wire.conditionsOf(TAG)).toEqual(CLEAR);
});

test('five thousand readers’ conditions are remembered, those unused longest go first', () => {
  const wire = new Wire(120);
  const tagOf = (n: number) => String(n).padStart(16, '0');
  for (let n = 0; n < 6_000; n += 1) wire.setConditions(tagOf(n), SLOW, '192.0.2.1');
  expect(wire.conditionsOf(tagOf(999))).toEqual(CLEAR);
  expect(wire.conditionsOf(tagOf(1_000))).toEqual(SLOW);
  for (let n = 0; n < 6_000; n += 1) wire.setConditions(tagOf(n), CLEAR, '192.0.2.1');
  expect(wire.isWatched('192.0.2.1')).toBe(false);
});
