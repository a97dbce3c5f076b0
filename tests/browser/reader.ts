import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';

export { expect };

export const languages = [
  { name: 'English', base: '/' },
  { name: '中文', base: '/zh-cn/' },
] as const;

interface Fixtures {
  /** Errors that a test expects in the console, as when it provokes a refusal. */
  expectedErrors: RegExp[];
}

/** A page of the site; a test fails where the page logged an error or threw. */
export const test = base.extend<Fixtures>({
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

/** One of the two readers in a demo. */
export function readerPanel(page: Page, name: string) {
  const panel = page.locator('section.reader').filter({ has: page.getByRole('heading', { name }) });
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
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await page.locator('.demo[data-ready=true]').waitFor();
  await page.locator('.start .button').click();
}

/** What axe finds wrong with a page as it is now: the rule, and where. */
export async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
