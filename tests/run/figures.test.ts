import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lessons } from '../../content/lessons.ts';
import { FIGURES, figureOf, type FigureName } from '../../src/run/figures.ts';
import { readRun, type Run } from '../../src/run/run.ts';
import { figureText } from '../../src/widgets/figure-text.ts';

function runOf(slug: string): Run {
  const read = readRun(readFileSync(`content/lessons/${slug}/run.wire.json`, 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.fault));
  return read.run;
}
const isFigure = (name: string): name is FigureName => Object.hasOwn(FIGURES, name);

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

/** Numbers in a paragraph that are said to be of the recorded run, and are written by hand. */
const MEASURED = /<Measured is="([a-z-]+)"(?: of="([a-z-]+)")? \/>/g;
const digitsIn = (paragraph: string) =>
  paragraph
    .replace(MEASURED, '')
    .replace(/`[^`]*`/g, '')
    .match(/\d[\d.,]*/g) ?? [];

for (const { slug } of lessons)
  for (const language of ['en', 'zh-cn'])
    test(`the numbers of the recorded run in ${slug}, ${language}, come from it`, () => {
      const page = readFileSync(`content/lessons/${slug}/${language}.mdx`, 'utf8');
      const paragraphs = page.split(/\n\n/);
      const about = paragraphs.filter((one) => /<Measured|recorded run|录下的运行/.test(one));
      expect(about.length, 'A lesson tells what its recorded run cost.').toBeGreaterThan(0);
      for (const paragraph of about) {
        expect(digitsIn(paragraph), `Let <Measured> say it: ${paragraph}`).toEqual([]);
        for (const [, name = '', of = slug] of paragraph.matchAll(MEASURED)) {
          const value = isFigure(name) ? figureOf(runOf(of), name) : undefined;
          expect(value, `${of} has no figure "${name}".`).toBeDefined();
          if (isFigure(name)) expect(figureText(name, value ?? NaN)).toMatch(/\d/);
        }
      }
    });
