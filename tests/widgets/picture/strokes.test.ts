import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { lessons } from '../../../content/lessons.ts';
import { inOneOrder } from '../../../src/protocol/one-order.ts';
import type { Arrow } from '../../../src/protocol/drawn.ts';
import { spaceTime } from '../../../src/protocol/space-time.ts';
import { readRun } from '../../../src/run/run.ts';
import { lanesOf } from '../../../src/widgets/picture/layout.ts';
import { type Stroke, strokesOf } from '../../../src/widgets/picture/strokes.ts';

const lanes = lanesOf([{ tag: 'a', name: 'Alice', transport: '' }], 400);

let number = 0;
const arrow = (way: Arrow['way'], from: number, to: number, more: Partial<Arrow> = {}): Arrow => ({
  key: `arrow ${++number}`,
  reader: 'a',
  kind: way === 'up' ? 'request' : 'response',
  way,
  from,
  to,
  isLost: false,
  isIdle: false,
  events: [],
  messages: [],
  ...more,
});
/** A question at a time, and its answer: with nothing, or with messages. */
const poll = (at: number, ...messages: string[]) => [
  arrow('up', at, at + 1),
  arrow('down', at + 1, at + 2, { messages, isIdle: messages.length === 0 }),
];
const draw = (arrows: readonly Arrow[], scale = 1) =>
  strokesOf(lanes, arrows, (time) => time * scale);
/** y at the line of the page, and at the server's. */
const ends = ({ arrow: { way }, y1, y2 }: Stroke) => (way === 'up' ? [y1, y2] : [y2, y1]);

test('a question and its answer that are near are apart at the page, where one began the other', () => {
  const { strokes, counts } = draw(poll(100, 'm1'));
  expect(strokes.map(({ arrow: { way }, weight, end }) => [way, weight, end])).toEqual([
    ['up', 'plain', 'head'],
    ['down', 'full', 'head'],
  ]);
  expect(strokes.map(ends)).toEqual([
    [98.5, 101],
    [103.5, 101],
  ]);
  expect(counts).toEqual([]);
});

test('what a server sends and is answered at once is apart at the server', () => {
  const ping = { kind: 'frame', isIdle: true } as const;
  const { strokes } = draw([arrow('down', 50, 50, ping), arrow('up', 50, 50, ping)]);
  expect(strokes.map(ends)).toEqual([
    [50, 47.5],
    [50, 52.5],
  ]);
});

test('what is far enough apart is where it was, also where it is slanted', () => {
  const all = [arrow('up', 0, 40), arrow('down', 40, 80, { messages: ['m1'] })];
  const { strokes } = draw(all);
  expect(strokes.map(({ y1, y2 }) => [y1, y2])).toEqual([
    [0, 40],
    [40, 80],
  ]);
});

test('messages too near to be told apart are one stroke each way, with their number', () => {
  const all = [...poll(100, 'm1'), ...poll(102, 'm2'), ...poll(103, 'm3', 'm4')];
  const { strokes, counts } = draw(all);
  expect(strokes).toHaveLength(2);
  expect(strokes[1]?.messages).toEqual(['m1', 'm2', 'm3', 'm4']);
  expect(strokes.flatMap(({ keys }) => keys).toSorted()).toEqual(
    all.map(({ key }) => key).toSorted(),
  );
  expect(counts).toMatchObject([{ kind: 'full', count: 4 }]);
  const close = draw(all, 20);
  expect(close.strokes, 'looked at more closely').toHaveLength(6);
  expect(close.counts, 'two came in one answer').toMatchObject([{ kind: 'full', count: 2 }]);
});

test('texts that nobody named are counted by the way that more of them went', () => {
  const text = (way: Arrow['way'], at: number) => arrow(way, at, at, { kind: 'frame' });
  const { counts } = draw([text('up', 1), text('down', 2), text('up', 3), text('up', 4)]);
  expect(counts).toMatchObject([{ kind: 'full', count: 3 }]);
});

test('idle questions that crowd are faint, and counted up to the next message', () => {
  const idle = [0, 8, 16, 24].flatMap((at) => poll(at));
  const all = [...idle, ...poll(35, 'm1'), ...[45, 53, 61].flatMap((at) => poll(at))];
  const { strokes, counts } = draw(all);
  expect(strokes.map(({ weight }) => weight)).toEqual([
    ...Array<string>(4).fill('faint'),
    'plain',
    'full',
    ...Array<string>(3).fill('faint'),
  ]);
  expect(counts.map(({ kind, count }) => [kind, count])).toEqual([
    ['empty', 4],
    ['empty', 3],
  ]);
  expect(draw(all, 3).counts, 'looked at more closely').toEqual([]);
});

test('a request under way and an answer that is lost are never drawn as part of another', () => {
  const lost = arrow('down', 101, 0, { to: undefined, isLost: true });
  const asks = arrow('up', 103, 0, { to: undefined });
  const { strokes } = draw([arrow('up', 100, 101), lost, asks]);
  expect(strokes.map(({ end }) => end)).toEqual(['head', 'lost', 'none']);
});

test('what is drawn stays as it is when more happens after it', () => {
  const all = Array.from({ length: 40 }, (_, place) =>
    poll(place * 7.3, ...(place % 5 === 0 ? [`m${place}`] : [])),
  );
  const before = draw(all.slice(0, 30).flat()).strokes;
  const after = draw(all.flat()).strokes;
  // The last run of idle ones may still grow, and so may the last bundle.
  expect(after.slice(0, before.length - 5)).toEqual(before.slice(0, -5));
});

for (const { slug } of lessons)
  test(`of the recorded run of ${slug}, every arrow is in the picture once, at any scale`, () => {
    const read = readRun(readFileSync(`content/lessons/${slug}/run.wire.json`, 'utf8'));
    if (!read.ok) throw new Error(JSON.stringify(read.fault));
    const { run } = read;
    const { arrows } = spaceTime(inOneOrder(run.events, run.clock));
    const all = lanesOf(
      run.readers.slice(0, 2).map((reader) => ({ ...reader, transport: '' })),
      560,
    );
    const mine = arrows.filter(({ reader }) => all.some(({ tag }) => tag === reader));
    const first = run.events[0]?.at ?? 0;
    let most = 0;
    for (const span of [250, 1_000, 10_000, 60_000]) {
      const { strokes } = strokesOf(all, arrows, (time) => ((time - first) * 330) / span);
      expect(strokes.flatMap(({ keys }) => keys).toSorted()).toEqual(
        mine.map(({ key }) => key).toSorted(),
      );
      if (span === 250) most = strokes.length;
      if (span === 60_000) expect(strokes.length).toBeLessThan(most);
    }
  });
