import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import { z } from 'zod';
import { startServer } from '../support/program.ts';

export { expect };

/** Both, for what their words can change; what a demo does is tried in English alone. */
export const languages = [
  { name: 'English', base: '/' },
  { name: '中文', base: '/zh-cn/' },
] as const;

interface Fixtures {
  /** Errors that a test expects in the console, as when it provokes a refusal. */
  expectedErrors: RegExp[];
}

interface WorkerFixtures {
  /** A server of this worker's own, whose tests run one after another. */
  ownServer: { url: string };
}

/** A page of the site; a test fails where the page logged an error or threw. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  ownServer: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.end();
    },
    { scope: 'worker' },
  ],
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names from the pattern
  baseURL: async ({}, use) => use(process.env['SITE']),
  expectedErrors: [[], { option: true }],
  page: async ({ page, expectedErrors }, use) => {
    const errors: string[] = [];
    const note = (text: string) => {
      if (!expectedErrors.some((pattern) => pattern.test(text))) errors.push(text);
    };
    page.on('pageerror', (error) => note(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') note(message.text());
    });
    await use(page);
    expect(errors, 'errors in the console').toEqual([]);
  },
});

/** One of the two readers in a demo, or in the lab with two processes. */
export function readerPanel(page: Page, name: string, within: '.demo' | '.pair' = '.demo') {
  const panel = page
    .locator(`${within} section.reader`)
    .filter({ has: page.getByRole('heading', { name }) });
  return {
    panel,
    messages: panel.locator('.log li:not(.nothing)'),
    /** Says something, once connected. */
    async say(text: string) {
      await expect(panel.locator('.state')).toHaveAttribute('data-state', 'open');
      await panel.locator('form input').fill(text);
      await panel.locator('form button').click();
    },
  };
}

/** The number under a heading of the meters, for a reader. */
export const meter = (page: Page, who: string, key: string) =>
  page
    .locator('tbody tr')
    .filter({ has: page.getByRole('rowheader', { name: who, exact: true }) })
    .locator(`[data-meter=${key}]`);

/** Opens a lesson and starts its demo. */
export async function startDemo(page: Page, path: string): Promise<void> {
  await page.goto(path);
  // It comes alive with the press, and then takes it.
  await page.locator('.start .button').click();
  await page.locator('.demo[data-ready=true]').waitFor();
}

/** Scrolls to a lesson's lab, and waits until it takes what is typed. */
export async function aliveLab(page: Page): Promise<void> {
  await page.locator('.lab').scrollIntoViewIfNeeded();
  await page.locator('astro-island:has(.lab):not([ssr])').waitFor({ state: 'attached' });
}

/** Runs tests on a server that no other test uses meanwhile: what they do to its processes is their affair. */
export function withOwnServer(tests: () => void): void {
  test.describe('with a server of its own', () => {
    test.use({
      baseURL: async ({ ownServer }, use) => use(ownServer.url),
      // A process that is away, and Redis that does not answer, are told so.
      expectedErrors: [/status of 503|WebSocket connection to .* failed/],
    });
    tests();
  });
}

/** Opens a lesson and starts its two processes. */
export async function startPair(page: Page, path: string) {
  await page.goto(path);
  const lab = page.locator('section.pair');
  await lab.scrollIntoViewIfNeeded();
  await page.locator('astro-island:has(.pair):not([ssr])').waitFor({ state: 'attached' });
  await lab.locator('.go').click();
  const process = (name: 'a' | 'b' | 'django') => lab.locator(`[data-member=${name}]`);
  for (const name of ['a', 'b'] as const)
    await expect(process(name)).toHaveAttribute('data-state', 'up', { timeout: 20_000 });
  return {
    lab,
    process,
    alice: readerPanel(page, 'Alice', '.pair'),
    bob: readerPanel(page, 'Bob', '.pair'),
    /** Ticks of the checklist. */
    seen: lab.locator('.checklist .done'),
  };
}

const Trace = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.number(),
      tid: z.number(),
      tdur: z.number().optional(),
      args: z.object({ name: z.unknown() }).partial().optional(),
    }),
  ),
});

/**
 * The longest task of a page's main thread while something is done, in ms of processor time: by the
 * clock it would be longer where other programs use the machine, too.
 */
export async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (!browser) throw new Error('no browser');
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await act();
  const { traceEvents } = Trace.parse(JSON.parse((await browser.stopTracing()).toString()));
  const threadOf = ({ pid, tid }: { pid: number; tid: number }) => `${pid} ${tid}`;
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  const tasks = traceEvents.filter(
    (event) => event.name === 'ThreadControllerImpl::RunTask' && mains.has(threadOf(event)),
  );
  expect(tasks.length).toBeGreaterThan(0);
  return Math.max(...tasks.map(({ tdur = 0 }) => tdur / 1_000));
}

interface Looked {
  /** The part that is looked at, by its selector; the whole page without. */
  within?: string;
  /** The rules that are looked at; all of axe's without. */
  rules?: readonly string[];
  /** Rules that are left out. */
  without?: readonly string[];
  /** Code that is shown is looked at too: thousands of words, each in its colour, the same on every page. */
  code?: boolean;
}

/** What axe finds wrong with a page as it is now: the rule, and where. */
export async function faults(
  page: Page,
  { within, rules, without, code = false }: Looked = {},
): Promise<string[]> {
  // A script makes the code blocks that scroll focusable, when the browser has time for it.
  const unready = () =>
    page
      .locator('pre')
      .evaluateAll(
        (blocks) =>
          blocks.filter(
            (block) =>
              block instanceof HTMLElement &&
              block.scrollWidth > block.clientWidth &&
              block.tabIndex < 0,
          ).length,
      );
  await expect.poll(unready).toBe(0);
  // It looks into no frame from elsewhere then, and takes half of the time.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (within) axe.include(within);
  if (rules) axe.withRules([...rules]);
  if (without) axe.disableRules([...without]);
  if (!code) axe.exclude('.expressive-code pre');
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** In both languages: every claim of a lesson holds in the page, and axe finds no fault in what is shown then. */
export function proveAll(
  slug: string,
  expectedErrors: RegExp[] = [/the server responded with a status of 4\d\d/],
) {
  test.describe('where refusals are provoked', () => {
    test.use({ expectedErrors });
    for (const { name, base: from } of languages)
      test(`reader can prove every claim of ${slug} in ${name}`, async ({ page }) => {
        await startDemo(page, `${from}lessons/${slug}/`);
        await readerPanel(page, 'Alice').say('hello');
        await page.locator('.claims').scrollIntoViewIfNeeded();
        await page.locator('.claims .go').click();
        const many = await page.locator('[data-claim]').count();
        await expect(page.locator('[data-proof=held]')).toHaveCount(many, { timeout: 40_000 });
        await expect(page.locator('[data-proof=held] dd')).toHaveCount(2 * many);
        await expect(page.locator('.claims [role=status]')).toContainText(String(many));
        expect(await faults(page, { within: '.claims' })).toEqual([]);
      });
  });
}

/** Another tab is in the same room, under a name of its own. */
export function secondTab(slug: string, says: (text: string) => string = (text) => text) {
  test(`reader can open another reader of ${slug} in a new tab`, async ({ page, context }) => {
    await startDemo(page, `/lessons/${slug}/`);
    await expect(readerPanel(page, 'Alice').panel.locator('.state')).toHaveAttribute(
      'data-state',
      'open',
    );
    const opened = context.waitForEvent('page');
    await page.locator('.share a').click();
    const guest = await opened;
    await guest.waitForURL(new RegExp(`/r/\\w+/\\?lesson=${slug}$`));
    await guest.locator('.demo[data-ready=true]').waitFor();
    await guest.locator('.start input').fill('小明 <i>');
    await guest.locator('.start .button').click();
    await readerPanel(guest, '小明 <i>').say('hello from another tab');
    await expect(readerPanel(guest, '小明 <i>').messages).toContainText([
      says('hello from another tab'),
    ]);
    await page.bringToFront();
    if (slug !== 'websocket')
      await expect(readerPanel(page, 'Alice').messages).toContainText([
        says('hello from another tab'),
      ]);
  });
}
