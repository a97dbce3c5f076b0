import fc from 'fast-check';
import { expect, test } from 'vitest';
import { better, compareClocks, delayOf, quantile } from '../../src/protocol/clock.ts';

test('the true offset lies within the error, however the two ways differ', () => {
  const ms = fc.double({ min: 0, max: 500, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: -1e7, max: 1e7 }), ms, ms, (offset, there, back) => {
      const sent = 1_795_381_943_000.25;
      const stamp = Math.floor(sent + there + offset);
      const estimate = compareClocks(sent, stamp, sent + there + back);
      expect(Math.abs(estimate.offset - offset)).toBeLessThanOrEqual(estimate.error + 1e-3);
    }),
  );
});

test('the tighter of two estimates is kept, until the clocks have moved', () => {
  const loose = { offset: 5, error: 40 };
  const tight = { offset: 7, error: 2 };
  const moved = { offset: 5000, error: 40 };
  expect(better(undefined, loose)).toBe(loose);
  expect(better(loose, tight)).toBe(tight);
  expect(better(tight, loose)).toBe(tight);
  expect(better(tight, moved)).toBe(moved);
});

test('a delay is measured on the server’s clock and never below zero', () => {
  expect(delayOf(1_000, 800, { offset: 300, error: 1 })).toBeCloseTo(99.5);
  expect(delayOf(1_000, 600, { offset: 300, error: 1 })).toBe(0);
});

test('quantiles interpolate between the closest ranks', () => {
  expect(quantile([], 0.5)).toBeUndefined();
  expect(quantile([3], 0.95)).toBe(3);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
});
