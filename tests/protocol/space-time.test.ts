import { expect, test } from 'vitest';
import { CLEAR } from '../../src/protocol/conditions.ts';
import type { Placed } from '../../src/protocol/one-order.ts';
import type { Arrow } from '../../src/protocol/drawn.ts';
import { spaceTime } from '../../src/protocol/space-time.ts';
import type { What, WireEvent } from '../../src/protocol/wire.ts';

type Told = What & { carries?: string[]; text?: string };

/** A run of one reader: what each side saw, at these times. */
function run(...all: [side: WireEvent['side'], time: number, what: Told, exchange?: number][]) {
  const sequences = { page: 0, server: 0 };
  const placed = all.map(([side, time, what, exchange = 1]): Placed => {
    const reader = what.kind === 'appended' ? '' : 'a';
    const sequence = ++sequences[side];
    return { time, event: { side, at: time, sequence, reader, exchange, ...what } };
  });
  return spaceTime(placed);
}

const bytes = (text: string) => ({ length: text.length, base64: btoa(text) });
const request: Told = { kind: 'request', method: 'GET', target: '/' };
const answered = (...carries: string[]): Told => ({ kind: 'response', status: 200, carries });
const head: Told = { kind: 'response', status: 200, head: bytes('HTTP/1.1 200 OK\r\n\r\n') };
const streamHead: Told = {
  kind: 'response',
  status: 200,
  head: bytes('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'),
};
const frame = (way: 'up' | 'down', ...carries: string[]): Told => ({
  kind: 'frame',
  way,
  opcode: 1,
  content: 5,
  ...(carries.length && { carries }),
});
const chunk = (...carries: string[]): Told => ({
  kind: 'chunk',
  content: 5,
  ...(carries.length && { carries }),
});
const said: Told = { kind: 'appended', message: 'm1', sender: 'Bob', text: 'hi' };

const brief = (arrows: readonly Arrow[]) =>
  arrows.map(({ kind, way, from, to, isIdle }) => [kind, way, from, to, isIdle]);

test('a poll that is held is a bar between two arrows, and a message waits from the log to its reader', () => {
  const { arrows, bars, marks } = run(
    ['page', 0, request],
    ['server', 10, request],
    ['server', 11, { kind: 'held' }],
    ['server', 500, said],
    ['server', 501, { kind: 'released', because: 'message' }],
    ['server', 502, head],
    ['server', 502, chunk()],
    ['server', 503, { kind: 'end' }],
    ['page', 520, answered('m1')],
  );
  expect(brief(arrows)).toEqual([
    ['request', 'up', 0, 10, false],
    ['response', 'down', 502, 520, false],
  ]);
  expect(arrows[1]?.messages).toEqual(['m1']);
  expect(arrows[1]?.events).toHaveLength(4);
  expect(bars.map(({ kind, from, to, because }) => [kind, from, to, because])).toEqual([
    ['held', 11, 501, 'message'],
    ['wait', 500, 520, undefined],
  ]);
  expect(marks.map(({ kind, at }) => [kind, at])).toEqual([['appended', 500]]);
});

test('an answer that says nothing is idle; what its sender posts does not count as had', () => {
  const post: Told = { kind: 'request', method: 'POST', target: '/' };
  const { arrows, bars } = run(
    ['page', 0, request],
    ['server', 5, request],
    ['server', 6, head],
    ['page', 11, answered()],
    ['page', 20, post, 2],
    ['server', 25, post, 2],
    ['server', 26, said],
    ['server', 27, head, 2],
    ['page', 32, answered('m1'), 2],
  );
  expect(arrows.filter(({ kind }) => kind === 'response').map(({ isIdle }) => isIdle)).toEqual([
    true,
    false,
  ]);
  expect(bars).toEqual([]);
});

test('a stream is open until it ends; its events are arrows of their own, comments are idle', () => {
  const { arrows, bars, marks } = run(
    ['page', 0, request],
    ['server', 5, request],
    ['server', 6, streamHead],
    ['server', 7, chunk()],
    ['page', 12, answered()],
    ['server', 20, said],
    ['server', 21, chunk('m1')],
    ['page', 26, chunk('m1')],
    ['server', 90, { kind: 'close', by: 'client', clean: false }],
  );
  expect(brief(arrows)).toEqual([
    ['request', 'up', 0, 5, false],
    ['response', 'down', 6, 12, false],
    ['chunk', 'down', 7, undefined, true],
    ['chunk', 'down', 21, 26, false],
  ]);
  expect(bars.map(({ kind, from, to, by }) => [kind, from, to, by])).toEqual([
    ['open', 12, 90, 'client'],
    ['wait', 20, 26, undefined],
  ]);
  expect(marks.map(({ kind, at }) => [kind, at])).toEqual([
    ['appended', 20],
    ['close', 90],
  ]);
});

test('frames of a socket find their other halves, also beside frames that a page is not told', () => {
  const { arrows, bars } = run(
    ['page', 0, request],
    ['server', 5, request],
    ['server', 6, { kind: 'upgrade' }],
    ['server', 6, frame('down')],
    ['page', 11, { kind: 'upgrade' }],
    ['page', 20, { ...frame('up'), text: 'hi' }],
    ['server', 25, frame('up')],
    ['server', 26, frame('down', 'm1')],
    ['server', 27, frame('down', 'm2')],
    ['page', 31, frame('down', 'm1')],
    ['page', 32, frame('down', 'm2')],
    ['server', 40, { kind: 'frame', way: 'up', opcode: 8, content: 2 }],
    ['server', 41, { kind: 'close', by: 'client', clean: true, code: 1000 }],
  );
  expect(brief(arrows)).toEqual([
    ['request', 'up', 0, 5, false],
    ['upgrade', 'down', 6, 11, false],
    ['frame', 'down', 6, undefined, false],
    ['frame', 'up', 20, 25, false],
    ['frame', 'down', 26, 31, false],
    ['frame', 'down', 27, 32, false],
    ['close', 'up', undefined, 40, false],
  ]);
  expect(bars).toMatchObject([{ kind: 'open', from: 11, to: 41 }]);
});

test('a request that never came is lost, and its end is a fault at the page', () => {
  const { arrows, marks } = run(
    ['page', 0, request],
    ['page', 300, { kind: 'close', by: 'server', clean: false }],
  );
  expect(arrows).toMatchObject([{ from: 0, to: undefined, isLost: true }]);
  expect(marks).toMatchObject([{ kind: 'failed', side: 'page', at: 300 }]);
});

test('an answer that was sent and never came is lost on its way', () => {
  const { arrows } = run(
    ['page', 0, request],
    ['server', 5, request],
    ['server', 6, head],
    ['server', 9, { kind: 'close', by: 'conditions', clean: false }],
    ['page', 20, { kind: 'close', by: 'server', clean: false }],
  );
  expect(arrows).toMatchObject([{ isLost: false }, { from: 6, to: undefined, isLost: true }]);
});

test('weather lasts until it changes', () => {
  const { bars } = run(
    ['server', 10, { kind: 'conditions', conditions: { ...CLEAR, latency: 200 } }],
    ['server', 50, { kind: 'conditions', conditions: { ...CLEAR, latency: 300 } }],
    ['server', 90, { kind: 'conditions', conditions: CLEAR }],
  );
  expect(bars.map(({ from, to, conditions }) => [from, to, conditions?.latency])).toEqual([
    [10, 50, 200],
    [50, 90, 300],
  ]);
});
