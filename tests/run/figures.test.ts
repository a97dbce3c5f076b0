import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { figureOf, type FigureName } from '../../src/run/figures.ts';
import { readRun, type Run } from '../../src/run/run.ts';

function runOf(slug: string): Run {
  const read = readRun(readFileSync(`content/lessons/${slug}/run.wire.json`, 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.fault));
  return read.run;
}

test('figures count what is in a run', () => {
  const run = runOf('polling');
  const of = (name: FigureName) => figureOf(run, name) ?? NaN;
  const asked = run.events.filter(
    (event) => event.side === 'page' && event.kind === 'request' && event.method === 'GET',
  );
  // The last may still be on its way.
  expect(asked.length - of('questions')).toBeLessThanOrEqual(1);
  expect(of('sent')).toBe(run.events.filter(({ kind }) => kind === 'appended').length);
  expect(of('delivered')).toBe(of('sent') * 2);
  expect(of('empty')).toBeGreaterThan(0);
  expect(of('empty')).toBeLessThan(of('questions'));
  expect(of('delay-longest')).toBeGreaterThanOrEqual(of('delay-median'));
  expect(of('empty-bytes')).toBeGreaterThan(of('empty') * 200);
});

test('a figure that a run has nothing of is none', () => {
  expect(figureOf(runOf('polling'), 'held-longest')).toBeUndefined();
  expect(figureOf(runOf('polling'), 'frame-overhead')).toBeUndefined();
});
