import { expect, test } from 'vitest';
import en from '../../content/ui/en.json' with { type: 'json' };
import zh from '../../content/ui/zh-cn.json' with { type: 'json' };
import { csvOf, type Entry, KINDS } from '../../src/lab/numbers.ts';
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
  expect(verdict.out).toEqual({ a: 'lost', b: 'lost', c: 'lacking', d: 'repeated', e: 'slow' });
  expect(verdict.best).toEqual(['f']);
});

test('the fewest bytes for each delivered message win', () => {
  const verdict = verdictOf(
    [
      score('a', { bytes: 4_000, requests: 99 }),
      score('b'),
      score('c', { delivered: 100, bytes: 30_000 }),
    ],
    100,
  );
  expect(verdict).toMatchObject({ best: ['c'], by: 'bytes' });
});

test('second is who would win without the best, by as many bytes a message as it costs more', () => {
  const all = [
    score('a', { bytes: 9_000 }),
    score('b', { bytes: 4_000 }),
    score('c', { bytes: 6_000, requests: 9 }),
    score('d', { bytes: 6_300, requests: 2 }),
    score('e', { bytes: 4_100, missed: 1 }),
  ];
  const { best, next } = verdictOf(all, 100);
  expect(best).toEqual(['b']);
  expect(next).toEqual({ transports: ['d'], by: 'bytes', best: 400, own: 630 });
});

test('second, where its bytes are too near to tell, is behind by its requests', () => {
  const all = [
    score('a', { bytes: 4_200, requests: 2 }),
    score('b', { bytes: 4_000, requests: 7 }),
    score('c', { bytes: 8_000, requests: 1 }),
  ];
  expect(verdictOf(all, 100)).toMatchObject({
    best: ['a'],
    by: 'requests',
    next: { transports: ['b'], by: 'requests', best: 2, own: 7 },
  });
});

test('there is no second where one is left, or where all that are left are as good', () => {
  expect(verdictOf([score('a'), score('b', { missed: 1 })], 100).next).toBeUndefined();
  expect(verdictOf([score('a'), score('b')], 100)).toMatchObject({
    best: ['a', 'b'],
    next: undefined,
  });
});

test('within a tenth, the fewest requests win; who has as many is as good', () => {
  const near = [score('a', { requests: 3 }), score('b', { bytes: 5_400, requests: 1 })];
  expect(verdictOf(near, 100)).toMatchObject({ best: ['b'], by: 'requests' });
  const far = [score('a', { requests: 3 }), score('b', { bytes: 5_600, requests: 1 })];
  expect(verdictOf(far, 100)).toMatchObject({ best: ['a'], by: 'bytes' });
  const same = [score('a', { requests: 1 }), score('b', { bytes: 5_400, requests: 1 })];
  expect(verdictOf(same, 100).best).toEqual(['a', 'b']);
});

test('there is no best before there are messages, and no best where all are out', () => {
  const early = [score('a'), score('b', { delivered: 4 }), score('c', { missed: 1, delivered: 0 })];
  expect(verdictOf(early, 100)).toEqual({
    out: { c: 'lost' },
    enough: false,
    best: [],
    by: undefined,
    next: undefined,
  });
  expect(verdictOf([score('a', { missed: 1 })], 100)).toMatchObject({
    enough: true,
    best: [],
    by: undefined,
    next: undefined,
  });
});

test('without bytes, which nobody counted, requests decide', () => {
  const unknown = [
    score('a', { bytes: undefined, requests: 9 }),
    score('b', { bytes: undefined, requests: 1 }),
  ];
  expect(verdictOf(unknown, 100)).toMatchObject({ best: ['b'], by: 'requests' });
});

test('the numbers are CSV of one shape, one a line, in their order in time', () => {
  const entries: Entry[] = [
    { second: 2.5, transport: 'websocket', kind: 'bytes_so_far', value: 900 },
    { second: 1, transport: 'polling', kind: 'delay_ms', value: 12.34567 },
  ];
  expect(csvOf(entries)).toBe(
    [
      'second,transport,kind,value',
      '1.000,polling,delay_ms,12.346',
      '2.500,websocket,bytes_so_far,900',
      '',
    ].join('\r\n'),
  );
});

test('every kind of number in the file is told beside the button, in both languages', () => {
  for (const words of [en, zh])
    for (const kind of KINDS) expect(words['side.csv.about']).toMatch(new RegExp(`\\b${kind}\\b`));
});
