import { expect, test } from 'vitest';
import { csvOf } from '../../src/lab/numbers.ts';
import { type Score, verdictOf } from '../../src/lab/verdict.ts';

const score = (transport: string, more: Partial<Score> = {}): Score => ({
  transport,
  delivered: 10,
  lacking: 0,
  missed: 0,
  repeated: 0,
  p50: 10,
  p95: 20,
  requests: 10,
  bytes: 5_000,
  ...more,
});

test('who lost, lacks or repeats a message, or is too slow, is out, and is told why', () => {
  const verdict = verdictOf(
    [
      score('a', { missed: 1, bytes: 1 }),
      score('b', { missed: null, bytes: 1 }),
      score('c', { lacking: 2, bytes: 1 }),
      score('d', { repeated: 1, bytes: 1 }),
      score('e', { p95: 100.5, lacking: 2, bytes: 1 }),
      score('f', { p95: 100 }),
      score('g', { delivered: 19, lacking: 1, bytes: 90_000 }),
    ],
    100,
  );
  expect(verdict?.out).toEqual({ a: 'lost', b: 'lost', c: 'lacking', d: 'repeated', e: 'slow' });
  expect(verdict?.best).toEqual(['f']);
});

test('the fewest bytes for each delivered message win', () => {
  const verdict = verdictOf(
    [
      score('a', { bytes: 4_000, requests: 99 }),
      score('b'),
      score('c', { delivered: 100, bytes: 39_000 }),
    ],
    100,
  );
  expect(verdict).toMatchObject({ order: ['c', 'a', 'b'], best: ['c'] });
});

test('within a tenth, the fewest requests win; who has as many is as good', () => {
  const near = [score('a', { requests: 3 }), score('b', { bytes: 5_400, requests: 1 })];
  expect(verdictOf(near, 100)).toMatchObject({ best: ['b'], by: 'requests' });
  const far = [score('a', { requests: 3 }), score('b', { bytes: 5_600, requests: 1 })];
  expect(verdictOf(far, 100)).toMatchObject({ best: ['a'], by: 'bytes' });
  const same = [score('a', { requests: 1 }), score('b', { bytes: 5_400, requests: 1 })];
  expect(verdictOf(same, 100)?.best).toEqual(['a', 'b']);
});

test('there is no verdict before there are messages, and no best where all are out', () => {
  expect(verdictOf([score('a'), score('b', { delivered: 4 })], 100)).toBeUndefined();
  expect(verdictOf([score('a', { missed: 1 })], 100)).toMatchObject({ best: [], by: undefined });
});

test('without bytes, which nobody counted, requests decide', () => {
  const unknown = [
    score('a', { bytes: undefined, requests: 9 }),
    score('b', { bytes: undefined, requests: 1 }),
  ];
  expect(verdictOf(unknown, 100)).toMatchObject({ best: ['b'], by: 'requests' });
});

test('the numbers are CSV, one a line', () => {
  expect(
    csvOf([
      { second: 1, transport: 'polling', what: 'delay_ms', value: 12.34567 },
      { second: 2.5, transport: 'websocket', what: 'bytes', value: 900 },
    ]),
  ).toBe(
    'second,transport,what,value\r\n1.000,polling,delay_ms,12.346\r\n2.500,websocket,bytes,900\r\n',
  );
});
