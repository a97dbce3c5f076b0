import type { Page } from '@playwright/test';
import { lessons } from '../../content/lessons.ts';
import project from '../../package.json' with { type: 'json' };
import { weighLesson } from '../support/weight.ts';
import { expect, languages, readerPanel, test } from './reader.ts';

const pages = languages.flatMap(({ base }) =>
  lessons.map(({ slug }) => ({ slug, path: `${base}lessons/${slug}/` })),
);

for (const { path } of pages)
  test(`reader can open ${path} for little: within its budget, and nothing that is not in sight`, async ({
    page,
    baseURL,
  }) => {
    const { parts, sums } = await weighLesson(page, `${baseURL}${path}`);
    expect(Object.keys(project.budgets).sort()).toEqual(Object.keys(sums).sort());
    expect(sums['lesson all']).toBeLessThan(project.budgets['lesson all']);
    expect(sums['lesson script']).toBeLessThan(project.budgets['lesson script']);

    // Not every browser fetches the icon.
    const own = parts.filter(({ url }) => new URL(url).pathname !== '/favicon.svg');
    const kinds = new Set(own.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['document', 'script', 'stylesheet']);
    expect(parts.filter(({ url }) => new URL(url).origin !== baseURL)).toEqual([]);

    // What comes alive brings its script then: the demo when it is reached for, what is below in sight.
    const loaded = parts.map(({ url }) => new URL(url).pathname);
    const scripts = await islands(page);
    expect(scripts.length).toBeGreaterThanOrEqual(2);
    expect(scripts.filter((script) => loaded.includes(script))).toEqual([]);
    const claims = page.waitForRequest((request) => request.url().endsWith(scripts.at(-1) ?? '?'));
    await page.locator('.claims').scrollIntoViewIfNeeded();
    await claims;
  });

/** The scripts of all parts that can come alive, in the page's order. */
const islands = (page: Page) =>
  page
    .locator('astro-island')
    .evaluateAll((all) => all.map((island) => island.getAttribute('component-url') ?? ''));

for (const { slug, path } of pages)
  // What other words can move, they move where there is least room.
  for (const width of path.startsWith('/zh-cn/') ? [380] : [380, 1440])
    test(`reader of ${path} at ${width} px sees nothing jump as the demo comes alive, starts and stops`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.addInitScript(watchShifts);
      await page.goto(path);
      await runDemo(page, slug);
      const shifts = await page.evaluate(() => shiftsSeen());
      const sum = shifts.reduce((all, { value }) => all + value, 0);
      expect(sum, JSON.stringify(shifts, undefined, 1)).toBeLessThan(0.01);
    });

/** Starts a demo with the mouse, lets Bob say something, and stops it when that has come. */
async function runDemo(page: Page, slug: string) {
  await page.locator('.picture').scrollIntoViewIfNeeded();
  await page.locator('.picture').hover();
  await page.locator('.demo[data-ready=true]').waitFor();
  if (slug === 'polling') await page.locator('.knob input').fill('0'); // the shortest wait
  await page.locator('.start .button').click();
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await page.locator('.actions .button').first().click();
  await expect((slug === 'websocket' ? bob : alice).messages).not.toHaveCount(0);
  await page
    .locator('.actions')
    .getByRole('button', { name: /^(Stop|停止)$/ })
    .click();
  await expect(page.locator('.start .button')).toBeFocused();
}

declare global {
  function shiftsSeen(): { value: number; what: string[] }[];
}

/** Collects layout shifts, also those just after a press, which the CLS of a page leaves out. */
function watchShifts() {
  type Shift = PerformanceEntry & { value: number; sources: { node: Node | null }[] };
  const seen: ReturnType<typeof shiftsSeen> = [];
  const name = (node: Node | null) =>
    node instanceof Element ? node.outerHTML.slice(0, 80) : (node?.textContent ?? 'gone');
  const note = (entries: PerformanceEntryList) => {
    for (const { value, sources } of entries as Shift[])
      seen.push({ value, what: sources.map(({ node }) => name(node)) });
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'layout-shift', buffered: true });
  globalThis.shiftsSeen = () => {
    note(observer.takeRecords());
    return seen;
  };
}
