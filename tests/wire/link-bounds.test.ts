import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MOST_WAITING } from '../../server/wire/link.ts';
import { CLEAR, type Conditions } from '../../src/protocol/conditions.ts';
import { type Chance, chanceOf, seedOf } from '../support/chance.ts';
import { newSeed } from '../support/seeded.ts';
import { holdTime, openLink } from './open-link.ts';

beforeEach(() => void holdTime());
afterEach(() => void vi.useRealTimers());

test('more is asked for until 256 KiB wait, and again when there is room', () => {
  const { link, push } = openLink();
  const piece = Buffer.alloc(65_536);
  expect([1, 2, 3].map(() => push(piece, { latency: 200 }))).toEqual([true, true, true]);
  let asked = 0;
  link.push(piece, { ...CLEAR, latency: 200 }, true, () => (asked += 1));
  expect([link.waiting, asked]).toEqual([MOST_WAITING, 0]);
  vi.runAllTimers();
  expect([link.waiting, asked]).toEqual([0, 1]);
});

test('pieces that are small are bounded, too', () => {
  const { push } = openLink();
  let pieces = 0;
  do pieces += 1;
  while (push('a', { latency: 200 }));
  expect(pieces).toBe(1_024);
});

test('nothing goes to an outlet that has not taken what came before', () => {
  const { link, push, outlet, take, texts } = openLink();
  outlet.takes = false;
  expect(push('a')).toBe(false);
  push('b');
  push('c');
  expect([texts(), link.waiting]).toEqual([['a'], 2]);
  take();
  expect([texts(), link.waiting]).toEqual([['a', 'b'], 1]);
  outlet.takes = true;
  take();
  expect([texts(), link.waiting]).toEqual([['a', 'b', 'c'], 0]);
});

test('what an outlet was busy for is not caught up on at more than the bandwidth', () => {
  const { push, outlet, take, times } = openLink();
  outlet.takes = false;
  push(Buffer.alloc(8_000), { bandwidth: 100 });
  vi.advanceTimersByTime(1_000);
  outlet.takes = true;
  take();
  vi.runAllTimers();
  expect(times()).toEqual([20, 1_020, 1_040, 1_060]);
});

test('that a timer was late is made up for', () => {
  const { push, times } = openLink();
  push(Buffer.alloc(8_000), { bandwidth: 100 });
  vi.advanceTimersToNextTimer();
  const late = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 50);
  vi.advanceTimersToNextTimer();
  late.mockRestore();
  vi.runAllTimers();
  expect(times().at(-1)).toBe(80);
});

test('who is asked for more may use the bytes’ memory again', () => {
  const { link, texts } = openLink();
  const bytes = Buffer.from('good');
  link.push(bytes, { ...CLEAR, latency: 200 }, true, () => bytes.fill('x'));
  vi.runAllTimers();
  expect(texts()).toEqual(['good']);
});

test('what is destroyed leaves no timer, passes nothing on and takes nothing more', () => {
  const { link, push, end, changed, outlet, texts } = openLink();
  push('a', { latency: 200 });
  expect(vi.getTimerCount()).toBe(1);
  link.destroy();
  expect([vi.getTimerCount(), link.waiting]).toEqual([0, 0]);
  push('b', { latency: 200 });
  expect(link.waiting).toBe(0);
  end();
  changed();
  vi.runAllTimers();
  expect([texts(), outlet.endedAt]).toEqual([[], undefined]);
});

test('a link that is through has no timer', () => {
  const { push, end } = openLink();
  push('a', { latency: 200 });
  end();
  vi.runAllTimers();
  expect(vi.getTimerCount()).toBe(0);
});

const badOf = ({ below, often }: Chance): Partial<Conditions> => ({
  ...(often(0.5) && { latency: below(300), jitter: below(300) }),
  ...(often(0.3) && { bandwidth: 1 + below(500) }),
  ...(often(0.3) && { slicer: { averageSize: 16 + below(2_000), delay: 100 + below(3_000) } }),
  ...(often(0.1) && { timeout: 0 }),
  ...(often(0.3) && { buffering: true }),
});

test('under any mixture that changes all the time, all bytes come, in order, and few wait', () => {
  const seed = newSeed();
  for (let session = 0; session < 30; session += 1) {
    const chance = chanceOf(seedOf(seed, session));
    const { link, push, end, changed, outlet, take, all } = openLink(() => chance.below(1e6) / 1e6);
    const sent: Buffer[] = [];
    for (let step = 0; step < 200; step += 1) {
      const bytes = chance.bytes(chance.below(chance.often(0.1) ? 20_000 : 200));
      if (link.waiting < MOST_WAITING) {
        sent.push(bytes);
        push(bytes, badOf(chance), chance.often(0.5));
      }
      outlet.takes = chance.often(0.7);
      if (outlet.takes) take();
      if (chance.often(0.1)) changed(badOf(chance));
      if (chance.often(0.5)) vi.advanceTimersByTime(chance.below(50));
      expect(link.waiting).toBeLessThan(MOST_WAITING + 20_000);
    }
    end();
    outlet.takes = true;
    take();
    changed();
    vi.runAllTimers();
    const difference = Buffer.compare(all(), Buffer.concat(sent));
    expect({ seed, session, difference }).toEqual({ seed, session, difference: 0 });
    expect([link.waiting, outlet.endedAt, vi.getTimerCount()]).toEqual([0, expect.anything(), 0]);
  }
});
