import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOneOrder } from '../../src/protocol/one-order.ts';
import type { What, WireEvent } from '../../src/protocol/wire.ts';

/** Events of one side, at these times, in this order. */
const events = (side: WireEvent['side'], ...all: [at: number, what: What, exchange?: number][]) =>
  all.map(([at, what, exchange = 1], index): WireEvent => ({
    side,
    at,
    sequence: index + 1,
    reader: 'a',
    exchange,
    ...what,
  }));
const request: What = { kind: 'request', method: 'GET', target: '/' };
const response: What = { kind: 'response', status: 200 };
const end: What = { kind: 'end' };

const order = (all: readonly WireEvent[], offset = 0) =>
  inOneOrder(all, { offset, error: 5 }).map(({ event }) => `${event.side} ${event.kind}`);

test('both sides stand in the order of one clock', () => {
  const page = events('page', [100, request], [130, response]);
  const server = events('server', [1_110, request], [1_120, response], [1_121, end]);
  expect(order([...server, ...page], 1_000)).toEqual([
    'page request',
    'server request',
    'server response',
    'server end',
    'page response',
  ]);
});

test('where the clocks say that an effect came first, it stands after its cause all the same', () => {
  const page = events('page', [100, request], [104, response]);
  const server = events('server', [97, request], [106, response], [107, end]);
  const placed = inOneOrder([...page, ...server], { offset: 0, error: 5 });
  expect(placed.map(({ event: { side, kind } }) => `${side} ${kind}`)).toEqual([
    'page request',
    'server request',
    'server response',
    'page response',
    'server end',
  ]);
  const times = placed.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('a reading without its other half stands by its own clock', () => {
  expect(order(events('server', [5, request], [7, response]))).toEqual([
    'server request',
    'server response',
  ]);
});

test('however wrong the clocks are, each side keeps its order, and no effect precedes its cause', () => {
  const kinds = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      kinds,
      fc.integer({ min: -500, max: 500 }),
      fc.nat(40),
      (exchanges, wrong, step) => {
        const page: [number, What, number][] = [];
        const server: [number, What, number][] = [];
        exchanges.forEach((exchange, index) => {
          const at = index * 100;
          page.push([at, request, exchange], [at + 3 * step, response, exchange]);
          server.push(
            [at + step + wrong, request, exchange],
            [at + 2 * step + wrong, response, exchange],
          );
        });
        page.sort((one, other) => one[0] - other[0]);
        const all = [...events('server', ...server), ...events('page', ...page)];
        const placed = inOneOrder(all, { offset: 0, error: 1 });
        expect(placed).toHaveLength(all.length);
        const seen = new Map<string, number>();
        for (const { event } of placed) {
          const key = `${event.side} ${event.kind} ${event.exchange}`;
          seen.set(key, (seen.get(key) ?? 0) + 1);
          const of = (side: string) => seen.get(`${side} ${event.kind} ${event.exchange}`) ?? 0;
          if (event.kind === 'request') expect(of('server')).toBeLessThanOrEqual(of('page'));
          else expect(of('page')).toBeLessThanOrEqual(of('server'));
        }
      },
    ),
  );
});
