import { expect, test } from 'vitest';
import { parsePair } from '../../src/protocol/views.ts';

const stopped = { state: 'stopped', since: 1 };
const view = {
  allowed: true,
  redis: 'own',
  layers: ['memory', 'core'],
  members: { a: { state: 'up', since: 2, pid: 7 }, b: stopped },
};

test('the status of the pair is read as it is', () => {
  expect(parsePair(view)).toEqual({ ok: true, value: view });
});

test.each([
  ['nothing', undefined],
  ['a refusal', { type: 'about:blank', detail: 'No.' }],
  ['a member too few', { ...view, members: { a: stopped } }],
  ['a strange state', { ...view, members: { a: stopped, b: { state: 'asleep', since: 1 } } }],
])('%s is none', (_what, json) => {
  expect(parsePair(json).ok).toBe(false);
});
