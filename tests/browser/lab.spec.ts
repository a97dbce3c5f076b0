import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import project from '../../package.json' with { type: 'json' };
import { PlainReader } from '../../server/crowd/plain-reader.ts';
import { type ScenarioName, SCENARIOS } from '../../src/lab/knobs.ts';
import { KINDS } from '../../src/lab/numbers.ts';
import { quantile } from '../../src/protocol/clock.ts';
import { byTransport, CROWD_TRANSPORTS, type CrowdTransport } from '../../src/protocol/crowd.ts';
import { isLong } from '../support/long-form.ts';
import { startServer } from '../support/program.ts';
import { expect, faults, languages, test, withOwnServer } from './reader.ts';
import { settled } from '../support/settled.ts';

const lab = (page: Page) => page.locator('.side');

/** Opens the lab; with a scenario, begins it. */
async function openLab(page: Page, path = '/side-by-side/', scenario?: ScenarioName) {
  await page.goto(path);
  await page.locator('.side').hover(); // it comes alive when somebody reaches for it
  await page.locator('.side[data-ready=true]').waitFor();
  if (!scenario) return;
  await page.locator(`[data-scenario=${scenario}]`).click();
  await expect(lab(page)).toHaveAttribute('data-running', 'true', { timeout: 25_000 });
}

const sent = async (page: Page) => Number(await lab(page).getAttribute('data-sent'));

/** A column of the table, by its place. */
const COLUMN = {
  delivered: 0,
  p50: 1,
  p95: 2,
  requests: 3,
  missed: 5,
  repeated: 6,
  lacking: 7,
} as const;
const cell = (page: Page, transport: CrowdTransport, column: keyof typeof COLUMN) =>
  page.locator(`[data-row=${transport}] td`).nth(COLUMN[column]);
async function columnOf(page: Page, column: keyof typeof COLUMN) {
  const texts = CROWD_TRANSPORTS.map((name) => cell(page, name, column).textContent());
  return (await Promise.all(texts)).map(Number);
}
/** ms of what a cell says. */
async function timeIn(page: Page, transport: CrowdTransport, column: 'p50' | 'p95') {
  const text = (await cell(page, transport, column).textContent()) ?? '';
  const [, number, unit] = /([\d.]+)\s(ms|s)/.exec(text) ?? [];
  return Number(number) * (unit === 's' ? 1_000 : 1);
}

/** Plain clients in the page's room, which have nothing of the page. */
async function plainClients(page: Page, url: string, interval: number) {
  const room = (await lab(page).getAttribute('data-room')) ?? '';
  const delays = byTransport((): number[] => []);
  const readers = byTransport(
    (name) =>
      new PlainReader(name, {
        url,
        room,
        interval,
        wait: 20,
        tag: undefined,
        onMessage: (_message, delay) => delay !== undefined && delays[name].push(delay),
      }),
  );
  const all = Object.values(readers);
  return {
    delays,
    of: (what: 'delivered' | 'missed' | 'repeated') => all.map((reader) => reader[what]),
    [Symbol.dispose]: () => all.forEach((reader) => reader.close()),
  };
}

/** Messages by which delays are compared. */
const MEASURED = 9;
/** Times that they are compared. */
const ROUNDS = 8;
/**
 * ms by which they may differ, where 15 % are less. Beside other tests the one thread of a page is a
 * frame or two late; alone, as by `FAULTS=long`, it is to be exact.
 */
const NEAR = isLong ? 5 : 25;

/** No message more: what is on its way counts still. */
async function halt(page: Page) {
  await page.locator('.side .knob input').nth(2).fill('0');
  await expect(lab(page)).toHaveAttribute('data-sending', 'false');
}

withOwnServer(() => {
  test.use({
    expectedErrors: [
      /status of 503|WebSocket connection to .* failed|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION/,
    ],
  });

  for (const scenario of SCENARIOS)
    test(`reader can see that nothing is missed or repeated in the scenario “${scenario}”`, async ({
      page,
      baseURL,
    }) => {
      test.setTimeout(120_000);
      await openLab(page, '/side-by-side/', scenario);
      const url = `${baseURL}${scenario === 'restart' ? '/pair/a/pubsub' : ''}`;
      using plain = await plainClients(page, url, 500);
      // An alert is rare; a restart has to come to its end.
      const enough = scenario === 'alert' ? 2 : scenario === 'restart' ? 30 : 12;
      await expect.poll(() => sent(page), { timeout: 60_000 }).toBeGreaterThanOrEqual(enough);
      if (scenario === 'restart') {
        await expect(page.locator('[data-kills]')).toHaveAttribute('data-kills', '1');
        const process = page.locator('[data-member-state]');
        await expect(process).toHaveAttribute('data-member-state', 'up', { timeout: 20_000 });
      }
      await halt(page);
      // A proxy holds what is in an event stream until it is gone.
      if (scenario === 'proxy') await page.locator('.network select').selectOption('room');
      const many = await sent(page);
      const options = { timeout: 30_000 };
      await expect.poll(() => columnOf(page, 'delivered'), options).toEqual(Array(4).fill(many));
      for (const column of ['missed', 'repeated', 'lacking'] as const)
        expect(await columnOf(page, column)).toEqual([0, 0, 0, 0]);
      await expect.poll(() => plain.of('delivered'), options).toEqual(Array(4).fill(many));
      expect(plain.of('missed')).toEqual([0, 0, 0, 0]);
      expect(plain.of('repeated')).toEqual([0, 0, 0, 0]);
      if (scenario === 'restart')
        for (const name of CROWD_TRANSPORTS)
          expect(Math.max(...plain.delays[name]), 'it was away').toBeGreaterThan(2_000);
    });

  test('reader can trust the delays: plain clients measure the same', async ({ page, baseURL }) => {
    test.setTimeout(240_000);
    await openLab(page, '/side-by-side/?interval=1000');
    const go = page.locator('.side form .go');
    await go.click();
    await expect(lab(page)).toHaveAttribute('data-arrived', '4', { timeout: 15_000 });
    // What moves shares the page's one thread with what is measured.
    await page.locator('.picture .controls .button').first().click();
    const asks = () =>
      page.waitForRequest((request) => /polling\/rooms\/\w+\/messages\?/.test(request.url()));
    const countAnew = (round: number) =>
      page
        .locator('.side .knob input')
        .nth(1)
        .fill(String(4 + (round % 2)));

    /** Where the p50 of the page and of plain clients differ, after some messages. */
    async function unlike(
      names: readonly CrowdTransport[],
      round: number,
      say: () => Promise<void>,
    ) {
      await asks(); // in step with the page: what a poll waits for depends on when it asks
      using plain = await plainClients(page, baseURL ?? '', 1_000);
      await expect.poll(() => Math.min(...plain.of('delivered'))).toBeGreaterThan(0);
      await countAnew(round);
      await say();
      const many = await sent(page);
      await expect.poll(() => columnOf(page, 'delivered')).toEqual(Array(4).fill(many));
      const differences = names.map(async (name) => {
        const here = await timeIn(page, name, 'p50');
        const there = quantile(plain.delays[name].slice(-many), 0.5) ?? NaN;
        const isNear = Math.abs(here - there) <= Math.max(NEAR, there * 0.15);
        return isNear ? [] : [[name, `${here} ms in the page, ${there} ms beside it`] as const];
      });
      return Object.fromEntries((await Promise.all(differences)).flat());
    }
    /** What else runs on the machine only ever drives the two apart: in one of a few rounds each has to agree. */
    async function agree(names: readonly CrowdTransport[], say: () => Promise<void>) {
      let found = Object.fromEntries(names.map((name) => [name, 'not measured']));
      for (let round = 0; round < ROUNDS && Object.keys(found).length > 0; round += 1) {
        const left = names.filter((name) => name in found);
        found = await unlike(left, round, say);
      }
      expect(found).toEqual({});
    }

    await agree(['polling'], async () => {
      for (let number = 0; number < MEASURED; number += 1) {
        await asks();
        // Anywhere between two questions, but not so near to one that the two differ in which.
        await pause(150 + (number / MEASURED) * 650);
        await go.click();
      }
      await expect.poll(() => sent(page)).toBe(MEASURED);
    });
    await agree(['long-polling', 'server-sent-events', 'websocket'], async () => {
      await page.locator('.side .knob input').nth(2).fill('6'); // two a second
      const enough = expect.poll(() => sent(page), { timeout: 20_000 });
      await enough.toBeGreaterThanOrEqual(MEASURED);
      await halt(page);
    });
  });

  test('reader can have more readers, which are somewhere else, and hear as much', async ({
    page,
  }) => {
    test.setTimeout(90_000);
    await openLab(page, '/side-by-side/?readers=10&every=500&interval=500');
    await page.locator('[data-run]').click();
    const crowd = page.locator('[data-crowd=websocket] td');
    await expect(crowd.nth(0)).toHaveText('9 / 9', { timeout: 20_000 });
    await expect.poll(() => sent(page), { timeout: 20_000 }).toBeGreaterThan(8);
    await halt(page);
    const many = await sent(page);
    for (const name of CROWD_TRANSPORTS) {
      const counts = page.locator(`[data-crowd=${name}] td`);
      await expect(counts.nth(1)).toHaveText(`${many}–${many}`, { timeout: 15_000 });
      await expect(counts.nth(5)).toHaveText('0');
      await expect(counts.nth(6)).toHaveText('0');
    }
    await page.locator('[data-stop]').click();
    await expect(page.locator('[data-crowd]')).toHaveCount(0);
  });
});

test('reader can see that a stream which a proxy holds was asked for, and why it is out', async ({
  page,
}) => {
  await openLab(page, '/side-by-side/', 'proxy');
  await expect(cell(page, 'server-sent-events', 'requests')).toHaveText('1');
  await expect(cell(page, 'server-sent-events', 'delivered')).toHaveText('0');
  // The proxy lets go after 16 KiB: long after what is waited for here.
  const out = page.locator('[data-out=server-sent-events]');
  await expect(out).toContainText(/of \d+ messages, \d+ are overdue/, { timeout: 30_000 });
  await expect(page.locator('[data-next]')).toContainText('Second: ', { timeout: 30_000 });
});

test('reader can open the bytes of an arrow, on any of the four', async ({ page }) => {
  await openLab(page, '/side-by-side/', 'ticker');
  await expect.poll(() => sent(page)).toBeGreaterThan(5);
  await page.locator('[data-stop]').click();
  const picture = page.locator('[data-picture]');
  await picture.focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page.locator('[data-opened-arrow]')).toBeVisible();
});

test('reader can take the numbers along, and the knobs as a link', async ({ page, context }) => {
  await openLab(page, '/side-by-side/?scenario=ticker&interval=250&size=7&readers=x&network=moon');
  await expect(page.locator('[data-scenario=ticker]')).toHaveAttribute('aria-pressed', 'true');
  const link = page.locator('.take input');
  await expect(link).toHaveValue(/\/side-by-side\/\?scenario=ticker&interval=250$/);
  await page.locator('.side .knob input').nth(3).fill('1');
  await expect(link).toHaveValue(/\?scenario=ticker&interval=250&size=100$/);
  const other = await context.newPage();
  await openLab(other, await link.inputValue());
  await expect(other.locator('.take input')).toHaveValue(await link.inputValue());
  await other.close();

  await page.locator('[data-run]').click();
  await expect.poll(() => sent(page)).toBeGreaterThan(10);
  const started = page.waitForEvent('download');
  await page.locator('[data-csv]').click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('side-by-side-ticker.csv');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
  expect(lines[0]).toBe('second,transport,kind,value');
  for (const name of CROWD_TRANSPORTS)
    for (const kind of KINDS)
      expect(
        lines.some((line) => new RegExp(`^[\\d.]+,${name},${kind},[\\d.]+$`).test(line)),
        `${name}, ${kind}`,
      ).toBe(true);
});

test('reader can see why a restart cannot be had, and that it takes one reader each', async ({
  page,
}) => {
  const server = await startServer({ PAIR: 'nobody' });
  await openLab(page, `${server.url}/side-by-side/?readers=50`);
  await expect(page.locator('[data-scenario=restart]')).toBeDisabled();
  await expect(page.locator('[data-why-not]')).toBeVisible();
  await expect(page.locator('.side .knob input').nth(4)).toHaveAttribute('max', '0');
  await server.end();
});

test('reader can open the page for little: what runs is loaded when somebody reaches for it', async ({
  page,
}) => {
  let bytes = 0;
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const scripts = new Set<string>();
  network.on('Network.responseReceived', ({ type, requestId }) => {
    if (type === 'Script') scripts.add(requestId);
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto('/side-by-side/');
  await settled(page);
  expect(bytes).toBeLessThan(project.budgets['lesson script']);
  await page.locator('[data-scenario=ticker]').click();
  await expect.poll(() => sent(page)).toBeGreaterThan(3);
  expect(bytes).toBeGreaterThan(project.budgets['lesson script']);
});

test('reader of the home page has nothing of the lab, and nobody watches the wire', async ({
  page,
}) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  page.on('websocket', (socket) => loaded.push(socket.url()));
  await page.goto('/');
  const side = page.locator('.side[data-ready=true]');
  await side.locator('form .go').click();
  await expect(side).toHaveAttribute('data-arrived', '4', { timeout: 15_000 });
  expect(loaded.filter((url) => /live\/wire|Plots|LabPicture|Lab\./i.test(url))).toEqual([]);
});

for (const { name, base } of languages)
  for (const colorScheme of ['light', 'dark'] as const)
    test(`reader can read a run that was judged and plotted, ${colorScheme}, in ${name}`, async ({
      page,
    }) => {
      const loaded: string[] = [];
      page.on('request', (request) => loaded.push(request.url()));
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 380, height: 800 });
      await openLab(page, `${base}side-by-side/`, 'ticker');
      expect(loaded.filter((url) => url.includes('Plots'))).toEqual([]);
      await expect.poll(() => sent(page)).toBeGreaterThan(10);
      await page.locator('.take').scrollIntoViewIfNeeded();
      await expect(page.locator('.uplot')).toHaveCount(5);
      await expect(page.locator('[data-verdict]')).toHaveAttribute('data-verdict', /\w/);
      await expect(page.locator('[data-out=polling]')).toBeVisible();
      await page.locator('figure summary').first().click();
      await expect(page.locator('figure tbody tr').first()).toBeVisible();
      await page.locator('[data-stop]').click();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
      expect(await faults(page)).toEqual([]);
    });
