import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const here = new URL('./', import.meta.url);
const readme = readFileSync(new URL('../../server/channels/README.md', here), 'utf8');
const promised = [...readme.matchAll(/^- (P\d+): /gm)].map(([, number]) => number);
const tests = readdirSync(here)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, here), 'utf8'))
  .join('\n');
const cited = new Set([...tests.matchAll(/['`](P\d+): /g)].map(([, number]) => number));

test('the README numbers its promises P1, P2, … without a gap', () => {
  expect(promised).toEqual(promised.map((_, index) => `P${index + 1}`));
  expect(promised.length).toBeGreaterThan(0);
});

test('every promise of the README is cited by the title of a test', () => {
  expect(promised.filter((number) => !cited.has(number))).toEqual([]);
});

test('no test cites a promise that the README does not make', () => {
  expect([...cited].filter((number) => !promised.includes(number))).toEqual([]);
});
