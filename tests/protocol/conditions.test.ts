import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BOUNDS,
  CLEAR,
  type Conditions,
  isClear,
  parseConditions,
  PRESETS,
} from '../../src/protocol/conditions.ts';

const within = ({ least, most }: { least: number; most: number }) =>
  fc.integer({ min: least, max: most });

const any: fc.Arbitrary<Conditions> = fc.record({
  latency: within(BOUNDS.latency),
  jitter: within(BOUNDS.jitter),
  bandwidth: within(BOUNDS.bandwidth),
  slicer: fc.option(
    fc.record({
      averageSize: within(BOUNDS.slicer.averageSize),
      delay: within(BOUNDS.slicer.delay),
    }),
  ),
  timeout: fc.option(within(BOUNDS.timeout)),
  resetPeer: fc.option(within(BOUNDS.resetPeer)),
  slowClose: within(BOUNDS.slowClose),
  offline: fc.boolean(),
  buffering: fc.boolean(),
});

test('conditions are read as they were written', () => {
  fc.assert(
    fc.property(any, (conditions) => {
      const json: unknown = JSON.parse(JSON.stringify(conditions));
      expect(parseConditions(json)).toEqual({ ok: true, value: conditions });
    }),
  );
});

test('what is not named is clear', () => {
  expect(parseConditions({})).toEqual({ ok: true, value: CLEAR });
  expect(parseConditions({ latency: 200 })).toEqual({
    ok: true,
    value: { ...CLEAR, latency: 200 },
  });
});

test.each([
  ['slow', 'Give conditions as a JSON object such as {"latency":200,"jitter":20}.'],
  [null, 'Give conditions as a JSON object such as {"latency":200,"jitter":20}.'],
  [[], 'Give conditions as a JSON object such as {"latency":200,"jitter":20}.'],
  [
    { delay: 1 },
    '"delay" is none of latency, jitter, bandwidth, slicer, timeout, resetPeer, slowClose, offline, buffering.',
  ],
  [{ latency: '200' }, '"latency" must be a whole number from 0 to 3000.'],
  [{ latency: 3_001 }, '"latency" must be a whole number from 0 to 3000.'],
  [{ jitter: -1 }, '"jitter" must be a whole number from 0 to 1000.'],
  [{ bandwidth: 1.5 }, '"bandwidth" must be a whole number from 0 to 100000.'],
  [{ bandwidth: null }, '"bandwidth" must be a whole number from 0 to 100000.'],
  [{ timeout: true }, '"timeout" must be a whole number from 0 to 60000, or null for none.'],
  [{ resetPeer: 1e9 }, '"resetPeer" must be a whole number from 0 to 60000, or null for none.'],
  [{ slowClose: NaN }, '"slowClose" must be a whole number from 0 to 10000.'],
  [{ slicer: 5 }, 'Give slicer as a JSON object such as {"averageSize":64,"delay":1000}.'],
  [{ slicer: {} }, '"slicer.averageSize" must be a whole number from 16 to 16384.'],
  [{ slicer: { averageSize: 1 } }, '"slicer.averageSize" must be a whole number from 16 to 16384.'],
  [{ slicer: { averageSize: 16, size: 1 } }, '"size" is none of averageSize, delay.'],
  [{ slicer: { averageSize: 16 } }, '"slicer.delay" must be a whole number from 100 to 100000.'],
  [{ offline: 1 }, '"offline" must be true or false.'],
  [{ buffering: 'yes' }, '"buffering" must be true or false.'],
])('%j is refused, and told why', (json: unknown, detail) => {
  expect(parseConditions(json)).toEqual({
    ok: false,
    detail,
  });
});

test('a name that objects have by themselves is no name here', () => {
  for (const name of ['__proto__', 'constructor', 'toString'])
    expect(parseConditions(JSON.parse(`{"${name}":{}}`))).toMatchObject({ ok: false });
});

test('only what does nothing is clear', () => {
  expect(isClear(CLEAR)).toBe(true);
  expect(isClear({ ...CLEAR })).toBe(true);
  const worse: Partial<Conditions>[] = [
    { latency: 1 },
    { jitter: 1 },
    { bandwidth: 1 },
    { slicer: { averageSize: 16, delay: 100 } },
    { timeout: 0 },
    { resetPeer: 0 },
    { slowClose: 1 },
    { offline: true },
    { buffering: true },
  ];
  expect(worse.flatMap(Object.keys)).toEqual(Object.keys(CLEAR));
  for (const one of worse) expect(isClear({ ...CLEAR, ...one })).toBe(false);
});

test('every preset is within the bounds', () => {
  for (const preset of Object.values(PRESETS))
    expect(parseConditions(preset)).toEqual({ ok: true, value: preset });
});
