import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BUFFERED, CLEAR } from '../../src/protocol/conditions.ts';
import { seededRandom } from '../support/seeded.ts';
import { holdTime, openLink } from './open-link.ts';

beforeEach(() => void holdTime());
afterEach(() => void vi.useRealTimers());

test('without conditions the very bytes go at once', () => {
  const { link, outlet } = openLink();
  const pass = vi.spyOn(outlet, 'pass');
  const bytes = Buffer.from('a');
  link.push(bytes, CLEAR, true, () => undefined);
  expect(pass.mock.calls[0]?.[0]).toBe(bytes);
  expect(vi.getTimerCount()).toBe(0);
});

test('each piece is on its way for half the latency, all at the same time', () => {
  const { push, end, outlet, texts, times } = openLink();
  for (const text of ['a', 'b', 'c']) {
    push(text, { latency: 200 });
    vi.advanceTimersByTime(10);
  }
  end({ latency: 200 });
  vi.runAllTimers();
  expect(texts()).toEqual(['a', 'b', 'c']);
  expect(times()).toEqual([100, 110, 120]);
  expect(outlet.endedAt).toBe(130);
});

test('jitter is more or less latency by chance, and changes no order', () => {
  const random = seededRandom(7);
  const delays: number[] = [];
  for (let n = 0; n < 500; n += 1) {
    const { push, times } = openLink(random);
    push('a', { latency: 200, jitter: 100 });
    vi.runAllTimers();
    delays.push(...times());
  }
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.min(...delays)).toBeLessThan(55);
  expect(Math.max(...delays)).toBeLessThanOrEqual(151);
  expect(Math.max(...delays)).toBeGreaterThan(145);
  const { push, texts, times } = openLink(random);
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  for (const letter of letters) push(letter, { latency: 200, jitter: 200 });
  vi.runAllTimers();
  expect(texts()).toEqual(letters);
  expect(times()).toEqual(times().toSorted((one, other) => one - other));
});

test('a jitter that is larger than the latency makes no delay shorter than none', () => {
  const { push, times } = openLink(() => 0);
  push('a', { latency: 10, jitter: 100 });
  vi.advanceTimersByTime(1_000);
  push('0123456789', { latency: 10, jitter: 100, bandwidth: 1 });
  vi.runAllTimers();
  expect(times()).toEqual([0, 1_010]);
});

test('so many kB a second get through, in even portions', () => {
  const { push, times, sizes } = openLink();
  push(Buffer.alloc(10_000), { bandwidth: 100 });
  vi.runAllTimers();
  expect(times()).toEqual([20, 40, 60, 80, 100]);
  expect(sizes()).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
});

test('bandwidth lets one piece wait for another, and counts from when there was one', () => {
  const { push, texts, times } = openLink();
  vi.advanceTimersByTime(1_000);
  push('0123456789', { bandwidth: 1 });
  push('abcde', { bandwidth: 1 });
  vi.runAllTimers();
  expect(texts()).toEqual(['0123456789', 'abcde']);
  expect(times()).toEqual([1_010, 1_015]);
});

test('with latency and bandwidth bytes are on their way while others get through', () => {
  const { push, times } = openLink();
  push('0123456789', { latency: 200, bandwidth: 1 });
  push('0123456789', { latency: 200, bandwidth: 1 });
  vi.runAllTimers();
  expect(times()).toEqual([110, 120]);
});

test('a slicer cuts, to pieces of the given size in the mean', () => {
  const { push, sizes, all } = openLink(seededRandom(11));
  const bytes = Buffer.from(Array.from({ length: 64_000 }, (_, index) => index % 251));
  push(bytes, { slicer: { averageSize: 32, delay: 100 } });
  vi.runAllTimers();
  expect(all().equals(bytes)).toBe(true);
  expect(Math.max(...sizes())).toBeLessThanOrEqual(63);
  expect(64_000 / sizes().length).toBeCloseTo(32, -0.5);
});

test('a slicer waits after each piece', () => {
  const { push, times } = openLink(() => 0.5);
  push(Buffer.alloc(64), { slicer: { averageSize: 16, delay: 2_500 } });
  vi.runAllTimers();
  expect(times()).toEqual([0, 3, 5, 8]);
});

test('a time-out lets nothing through and no end, until it is lifted', () => {
  const { push, end, changed, outlet, texts, times } = openLink();
  push('a', { timeout: 0 });
  push('b');
  end();
  vi.advanceTimersByTime(60_000);
  expect([texts(), outlet.endedAt]).toEqual([[], undefined]);
  changed();
  expect([texts(), times(), outlet.endedAt]).toEqual([['a', 'b'], [60_000, 60_000], 60_000]);
});

test('a time-out holds what waits already', () => {
  const { push, changed, texts } = openLink();
  push('a', { latency: 200 });
  changed({ timeout: 0 });
  vi.advanceTimersByTime(60_000);
  expect(texts()).toEqual([]);
  changed();
  expect(texts()).toEqual(['a']);
});

test('what is lifted after a time-out goes at the bandwidth, and not all at once', () => {
  const { push, changed, times } = openLink();
  push(Buffer.alloc(4_000), { timeout: 0, bandwidth: 100 });
  vi.advanceTimersByTime(1_000);
  changed({ bandwidth: 100 });
  vi.runAllTimers();
  expect(times()).toEqual([1_020, 1_040]);
});

test('a proxy holds a response until 16 KiB of it have come, and then anew', () => {
  const { push, sizes } = openLink();
  push(Buffer.alloc(BUFFERED - 1), { buffering: true }, false);
  vi.advanceTimersByTime(60_000);
  expect(sizes()).toEqual([]);
  push('a', { buffering: true }, false);
  push('b', { buffering: true }, false);
  expect(sizes()).toEqual([BUFFERED]);
});

test('a proxy lets go when the response ends, the connection ends, or it is gone', () => {
  const { push, end, changed, texts, outlet } = openLink();
  push('a', { buffering: true }, false);
  push('b', { buffering: true }, true);
  expect(texts()).toEqual(['ab']);
  push('c', { buffering: true }, false);
  changed();
  expect(texts()).toEqual(['ab', 'c']);
  push('d', { buffering: true }, false);
  end({ buffering: true });
  expect([texts(), outlet.endedAt]).toEqual([['ab', 'c', 'd'], 0]);
});

test('a slow close holds back the end after what came last', () => {
  const { push, end, outlet, times } = openLink();
  push('0123456789', { bandwidth: 1 });
  end({ slowClose: 500 });
  vi.runAllTimers();
  expect([times(), outlet.endedAt]).toEqual([[10], 510]);
});

test('what came under worse conditions is not overtaken by what came under better ones', () => {
  const { push, texts, times } = openLink();
  push('a', { latency: 200 });
  push('b');
  vi.runAllTimers();
  expect(texts()).toEqual(['a', 'b']);
  expect(times()).toEqual([100, 100]);
});

test('better conditions bring what is on its way no sooner, but let all that waits through', () => {
  const { push, changed, texts, times } = openLink();
  push('a'.repeat(1_000), { bandwidth: 1 });
  push('b', { latency: 200, bandwidth: 1 });
  vi.advanceTimersByTime(50);
  changed();
  vi.runAllTimers();
  expect(texts().join('')).toBe('a'.repeat(1_000) + 'b');
  expect(times()).toEqual([20, 40, 50, 100]);
});
