import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lessons } from '../../content/lessons.ts';
import { readRun } from '../../src/run/run.ts';
import { doingReader, type Lights, statementIn } from '../../src/widgets/picture/lights.ts';
import { shownOf } from '../../src/widgets/regions.ts';

/** Nobody's doing: the network's. */
const NOBODYS = 'server conditions';

async function lesson(slug: string) {
  const { lights } = (await import(`../../src/lessons/${slug}/lights.ts`)) as { lights: Lights };
  const read = readRun(readFileSync(`content/lessons/${slug}/run.wire.json`, 'utf8'));
  if (!read.ok) throw new Error(JSON.stringify(read.fault));
  const doingOf = doingReader();
  return { lights, doings: [...new Set(read.run.events.map(doingOf))] };
}

/** The code that a lesson shows: a file, or a region of it. */
const shownIn = (page: string) =>
  [...page.matchAll(/<(?:Source|CodeTabs)\s+file="([^"]+)"(?:\s+region="([^"]+)")?/g)].map(
    ([, file, region]) => ({ file, region }),
  );

for (const { slug } of lessons) {
  test(`all that happens in a run of ${slug} lights code, or is said to be none of it`, async () => {
    const { lights, doings } = await lesson(slug);
    const unknown = doings.filter((doing) => doing !== NOBODYS && !(doing in lights));
    expect(unknown, `Add them to src/lessons/${slug}/lights.ts.`).toEqual([]);
    expect(doings.filter((doing) => lights[doing]?.length).length).toBeGreaterThan(5);
  });

  test(`every light of ${slug} is one statement that the lesson shows`, async () => {
    const { lights } = await lesson(slug);
    const page = readFileSync(`content/lessons/${slug}/en.mdx`, 'utf8');
    for (const [source, line] of Object.values(lights).flatMap((all) => all ?? [])) {
      const [file = '', region = ''] = source.split('#');
      const isShown = shownIn(page).some(
        (shown) => shown.file === file && (shown.region === undefined || shown.region === region),
      );
      expect([source, isShown]).toEqual([source, true]);
      const shown = shownOf(readFileSync(file, 'utf8'), region || undefined);
      const lines = shown?.code.split('\n') ?? [];
      expect(lines.length, source).toBeGreaterThan(1);
      if (line === undefined) continue;
      const found = lines.filter((one) => one.includes(line));
      expect(found, `${source}: "${line}" is to begin one statement.`).toHaveLength(1);
      expect(statementIn(lines, line)).toBeDefined();
    }
  });
}

test('a statement ends with what closes it, or with its line', () => {
  const lines = [
    '  go(',
    '    one,',
    '  );',
    '  next();',
    '',
    '  override run() {',
    '    x();',
    '',
    '    y();',
    '  }',
    '}',
  ];
  expect(statementIn(lines, 'go(')).toEqual([0, 2]);
  expect(statementIn(lines, 'next(')).toEqual([3, 3]);
  expect(statementIn(lines, 'run()')).toEqual([5, 9]);
  expect(statementIn(lines, 'nowhere')).toBeUndefined();
});
