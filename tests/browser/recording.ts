import { readFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import type { Slug } from '../../content/lessons.ts';
import { meter, readerPanel, startDemo, startPair } from './reader.ts';

/** What is done in each lesson's demo while its run is recorded: what the lesson speaks of, in a few seconds. */
const scenarios: Record<Slug, (page: Page) => Promise<void>> = {
  /** Questions in vain, then a message that waits for the next one, at two readers. */
  async polling(page) {
    const empty = meter(page, 'Bob', 'empty');
    await expect.poll(async () => Number(await empty.textContent())).toBeGreaterThan(1);
    await says(page, 'Bob', 'the kettle is on', 'Alice');
    await says(page, 'Alice', 'on my way', 'Bob');
    await expect(readerPanel(page, 'Alice').messages).toHaveCount(2);
  },
  /** A message that is answered at once, and a hold whose time is up. */
  async 'long-polling'(page) {
    await says(page, 'Bob', 'the kettle is on', 'Alice');
    await says(page, 'Alice', 'on my way', 'Bob');
    await page.locator('.knob input').fill('1'); // two seconds
    const empty = meter(page, 'Alice', 'empty');
    await expect.poll(async () => Number(await empty.textContent())).toBeGreaterThan(1);
    await says(page, 'Bob', 'it boils', 'Alice');
  },
  /** Events as they come, and one who comes back and is told what it missed. */
  async 'server-sent-events'(page) {
    await says(page, 'Bob', 'the kettle is on', 'Alice');
    await says(page, 'Alice', 'on my way', 'Bob');
    const alice = readerPanel(page, 'Alice').panel;
    await alice.locator('header .link').click();
    await expect(alice.locator('.state')).toHaveAttribute('data-state', 'off');
    await says(page, 'Bob', 'it boils', 'Bob');
    await alice.locator('header .link').click();
    await expect(readerPanel(page, 'Alice').messages).toHaveCount(3);
  },
  /** A reply to each text, a close by the page, and one by the server. */
  async websocket(page) {
    const alice = readerPanel(page, 'Alice');
    for (const text of ['hello', 'is anybody there?']) await says(page, 'Alice', text);
    await expect(alice.messages).toHaveCount(2);
    await page.locator('.close .button').click();
    await isIn(page, 'Alice', 'closed');
    await alice.panel.locator('header .link').click();
    await isIn(page, 'Alice', 'open');
    await page.locator('.breaks .button').first().click(); // bytes, where text is spoken
    await isIn(page, 'Alice', 'closed');
  },
  /** One text, and as many frames as there are connections; then the server closes. */
  async 'connection-list'(page) {
    await says(page, 'Alice', 'hello', 'Bob');
    await says(page, 'Bob', 'hello yourself', 'Alice');
    await readerPanel(page, 'Alice').say('close');
    await isIn(page, 'Alice', 'closed');
  },
  /** Texts to a group; one who was away is told what it missed. */
  async 'channel-layer'(page) {
    await says(page, 'Bob', 'the kettle is on', 'Alice');
    await says(page, 'Alice', 'on my way', 'Bob');
    const alice = readerPanel(page, 'Alice').panel;
    await alice.locator('header .link').click();
    await isIn(page, 'Alice', 'off');
    await says(page, 'Bob', 'it boils', 'Bob');
    await alice.locator('header .link').click();
    await expect(readerPanel(page, 'Alice').messages).toHaveCount(3);
  },
};

const isIn = (page: Page, who: string, state: string) =>
  expect(readerPanel(page, who).panel.locator('.state')).toHaveAttribute('data-state', state);

/** Somebody says a text, and somebody else has it. */
async function says(page: Page, who: string, text: string, other?: string): Promise<void> {
  await readerPanel(page, who).say(text);
  if (other) await expect(readerPanel(page, other).messages).toContainText([text]);
}

/** Runs a lesson's demo in a page, and saves the run as its reader would; the text of the file. */
export async function recordRun(page: Page, slug: Slug): Promise<string> {
  await startDemo(page, `/lessons/${slug}/`);
  for (const who of ['Alice', 'Bob']) await isIn(page, who, 'open');
  await scenarios[slug](page);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  // What ended with that is told a little later.
  await expect(page.locator('.demo')).toHaveAttribute('data-watching', 'off');
  return savedRun(page.locator('.demo'));
}

/** Two processes of Node and one of Django are in one room, each with a reader; the text of the file. */
export async function recordOneRoom(page: Page): Promise<string> {
  const { lab, process } = await startPair(page, '/lessons/channel-layer/');
  await lab.getByRole('radio').nth(1).check(); // pubsub
  await lab.locator('[data-start-django]').click();
  await expect(process('django')).toHaveAttribute('data-state', 'up', { timeout: 20_000 });
  const words = [
    ['Alice', 'from Node'],
    ['Carol', 'from Python'],
    ['Bob', 'from Node, too'],
  ] as const;
  for (const [who, text] of words) {
    await readerPanel(page, who, '.pair').say(text);
    for (const name of ['Alice', 'Bob', 'Carol'])
      await expect(readerPanel(page, name, '.pair').messages).toContainText([text]);
  }
  await lab.getByRole('button', { name: 'Disconnect all' }).click();
  await expect(lab).toHaveAttribute('data-watching', 'off');
  return savedRun(lab);
}

async function savedRun(within: Locator): Promise<string> {
  const downloads = within.page().waitForEvent('download');
  await within.getByRole('button', { name: 'Save this run to a file' }).click();
  return readFile(await (await downloads).path(), 'utf8');
}
