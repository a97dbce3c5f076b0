import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lessons } from '../../content/lessons.ts';
import type { WireKind } from '../../src/protocol/wire.ts';
import {
  MOST_BYTES,
  readRun,
  type Run,
  VERSION,
  type wireEvent,
  writeRun,
} from '../../src/run/run.ts';
import type * as z from 'zod/mini';

const fileOf = (slug: string, name = 'run') =>
  readFileSync(`content/lessons/${slug}/${name}.wire.json`, 'utf8');
const text = fileOf('polling');
const json = () => JSON.parse(text) as Run;
const faultOf = (file: string) => {
  const read = readRun(file);
  return read.ok ? undefined : read.fault;
};

/** A kind that is told and cannot be read does not compile; `run.ts` holds what is read to the type. */
const asRead = (kind: WireKind): z.output<typeof wireEvent>['kind'] => kind;

const shipped: { of: string; file: string }[] = [
  ...lessons.map(({ slug }) => ({ of: slug, file: fileOf(slug) })),
  { of: 'channel-layer.pair', file: fileOf('channel-layer', 'one-room') },
];
test.each(shipped)(
  'the recorded run of $of can be read, and can be written again',
  ({ of, file }) => {
    const one = readRun(file);
    if (!one.ok) throw new Error(JSON.stringify(one.fault));
    expect(one.run.lesson).toBe(of);
    expect(one.run).toEqual(JSON.parse(file));
    expect(readRun(writeRun(one.run))).toEqual(one);
    expect(one.run.events.map(({ kind }) => asRead(kind)).length).toBeGreaterThan(20);
  },
);

test('what is no run is said to be none, whatever it is', () => {
  for (const file of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"schema":"other","version":1}',
    '{"schema":1}',
  ])
    expect([file, faultOf(file)]).toEqual([file, { why: 'foreign' }]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (file) => {
      expect(faultOf(file)).toEqual({ why: 'foreign' });
    }),
  );
});

test('a run of a later version is said to be one', () => {
  expect(faultOf(JSON.stringify({ ...json(), version: VERSION + 1 }))).toEqual({ why: 'newer' });
});

test('a damaged run is told where it is damaged', () => {
  const { events, ...rest } = json();
  const damaged = (change: object, at = 3) =>
    faultOf(
      JSON.stringify({
        ...rest,
        events: events.map((event, place) => (place === at ? { ...event, ...change } : event)),
      }),
    );
  expect(damaged({ kind: 'nonsense' })).toEqual({ why: 'damaged', where: 'events.3.kind' });
  expect(damaged({ at: 'yesterday' })).toEqual({ why: 'damaged', where: 'events.3.at' });
  const [{ side, sequence } = { side: 'page', sequence: 1 }] = events;
  expect(damaged({ side, sequence }, 3)).toEqual({ why: 'damaged', where: 'events.3.sequence' });
  expect(damaged({ sequence: -1 }, 0)).toEqual({ why: 'damaged', where: 'events.0.sequence' });
  expect(faultOf(JSON.stringify({ ...json(), readers: [] }))).toEqual({
    why: 'damaged',
    where: 'readers',
  });
  const request = events.findIndex(({ kind, side }) => kind === 'request' && side === 'server');
  expect(damaged({ head: { length: 5, base64: '<b>' } }, request)).toEqual({
    why: 'damaged',
    where: `events.${request}.head.base64`,
  });
});

test('what is too large is not read', () => {
  expect(faultOf(' '.repeat(MOST_BYTES + 1))).toEqual({ why: 'huge' });
  const { events, ...rest } = json();
  const many = Array.from({ length: 6_000 }, () => events[0]);
  expect(faultOf(JSON.stringify({ ...rest, events: many }))).toEqual({ why: 'huge' });
});
