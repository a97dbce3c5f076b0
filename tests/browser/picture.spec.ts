import { readFileSync } from 'node:fs';
import { expect as tell, type Page } from '@playwright/test';
import { lessons } from '../../content/lessons.ts';
import { parseJson, isRecord } from '../../src/protocol/parse.ts';
import { bytesOf } from '../../src/protocol/wire-bytes.ts';
import { readRun, type Run, writeRun } from '../../src/run/run.ts';
import { startServer } from '../support/program.ts';
import {
  expect,
  faults,
  longestTask,
  readerPanel,
  startDemo,
  test,
  withOwnServer,
} from './reader.ts';
import { findDjango } from '../../scripts/test-tools.mjs';
import { recordOneRoom, recordRun } from './recording.ts';

const shipped = (slug: string) => `content/lessons/${slug}/run.wire.json`;
function runIn(text: string): Run {
  const read = readRun(text);
  if (!read.ok) throw new Error(JSON.stringify(read.fault));
  return read.run;
}

/** All that the picture draws: what, where, and what is written. */
const drawn = (page: Page) =>
  page
    .locator('[data-picture] .window svg')
    .evaluate((svg) =>
      [...svg.querySelectorAll('path:not(.hit, .rain), rect, circle, text')]
        .map((mark) =>
          [
            mark.getAttribute('class')?.replace(/svelte-\w+| ?current| ?marked/g, ''),
            ...['d', 'x', 'y', 'width', 'height', 'cx', 'cy'].map((name) =>
              mark.getAttribute(name),
            ),
            mark.textContent,
          ].join(' '),
        )
        .sort(),
    );

const open = async (page: Page, name: string, buffer: Buffer) => {
  const file = { name, mimeType: 'application/json', buffer };
  await page.locator('.file input[type=file]').setInputFiles(file);
};
const moment = (page: Page) => page.locator('.picture output');
const seconds = async (page: Page) => parseFloat((await moment(page).textContent()) ?? '');

test('reader can let the picture stand, go step by step, to any moment, and play it slowly', async ({
  page,
}) => {
  await startDemo(page, '/lessons/long-polling/');
  await readerPanel(page, 'Bob').say('hello');
  await expect(readerPanel(page, 'Alice').messages).toHaveCount(1);
  const controls = page.locator('.picture .controls');
  await expect(page.locator('[data-picture] .wait')).toHaveCount(2);
  await controls.getByRole('button').first().click(); // pause
  const stands = await seconds(page);
  // A moment may also be the room's own, or less than a millisecond from the next, which is not told.
  const caption = page.locator('.picture .caption');
  await expect(async () => {
    await controls.getByRole('button').nth(1).click();
    expect(await seconds(page)).toBeLessThan(stands);
    await expect(caption).toContainText(/Alice|Bob/, { timeout: 200 });
  }).toPass();
  const before = await seconds(page);
  await expect(async () => {
    await controls.getByRole('button').nth(2).click();
    expect(await seconds(page)).toBeGreaterThan(before);
  }).toPass();
  await controls.locator('.scrub').fill('0');
  await expect(moment(page)).toHaveText('0.000 s');
  await controls.locator('select').selectOption({ index: 1 });
  await controls.getByRole('button').nth(3).click(); // replay
  await expect.poll(() => seconds(page)).toBeGreaterThan(0.02);
  expect(await faults(page, { within: '.demo-shell' })).toEqual([]);
});

test('reader can open the bytes of an arrow by mouse and by keys, and sees its message everywhere', async ({
  page,
}) => {
  await startDemo(page, '/lessons/channel-layer/');
  await readerPanel(page, 'Bob').say('over here');
  const heard = readerPanel(page, 'Alice').messages;
  await expect(heard).toHaveCount(1);
  await page.locator('[data-tab=log]').click();
  await page.locator('.picture .controls button').first().click(); // pause
  await heard.hover();
  await expect(page.locator('[data-picture] .arrow.marked')).toHaveCount(2);
  await expect(page.locator('[data-picture] .wait.marked')).toHaveCount(2);
  await expect(page.locator('[data-wire-log] li.marked')).not.toHaveCount(0);
  await page.locator('[data-picture] .wait').first().dispatchEvent('pointerover');
  await expect(heard).toHaveClass(/marked/);
  const arrow = page.locator('[data-picture] .arrow.full.frame').last();
  await arrow.locator('.hit').click({ force: true });
  const bytes = page.locator('[data-opened-arrow]');
  await expect(bytes).toContainText('over here');
  await bytes.getByRole('button').first().click(); // close
  await expect(bytes).toHaveCount(0);

  await page.locator('[data-picture]').focus();
  await page.keyboard.press('Home');
  await expect(page.locator('[data-picture] [role=status]')).toContainText('Alice');
  await page.keyboard.press('End');
  // A ping may have come after it, or two.
  await expect(async () => {
    await page.keyboard.press('Enter');
    await expect(bytes).toBeVisible();
    const isIt = (await bytes.textContent())?.includes('over here');
    if (!isIt) {
      await page.keyboard.press('Escape');
      await page.keyboard.press('ArrowUp');
    }
    expect(isIt).toBe(true);
  }).toPass();
  expect(await faults(page, { within: '.demo-shell' })).toEqual([]);
});

test('reader sees the code light up as it runs, in the browser and on the server', async ({
  page,
}) => {
  await startDemo(page, '/lessons/websocket/');
  await page.locator('[data-tab=code]').click();
  const code = page.locator('div[data-code]');
  const lit = code.locator('.ec-line[data-lit]');
  await expect(lit).toHaveCount(0);
  // A light is soon out: what was lit is kept.
  const wasLit = await code.evaluateHandle((element) => {
    const lines: string[] = [];
    new MutationObserver((changes) => {
      for (const { target } of changes)
        if (target instanceof Element && target.hasAttribute('data-lit'))
          lines.push(target.textContent ?? '');
    }).observe(element, { subtree: true, attributeFilter: ['data-lit'] });
    return lines;
  });
  await readerPanel(page, 'Alice').say('hello');
  for (const line of ['this.send(REPLY)', 'onmessage'])
    await expect
      .poll(async () => (await wasLit.jsonValue()).some((text) => text.includes(line)))
      .toBe(true);
  await expect(lit).toHaveCount(0);
  expect(await faults(page, { within: '.demo-shell' })).toEqual([]);
});

test.describe('where the browser is zoomed to 110 %', () => {
  test.use({ deviceScaleFactor: 1.1 });
  test('reader sees the run move', async ({ page }) => {
    await startDemo(page, '/lessons/long-polling/');
    const place = () =>
      page.locator('[data-picture] .window svg').evaluate((svg) => getComputedStyle(svg).transform);
    for (let zoom = 0; zoom < 4; zoom += 1) {
      const before = await place();
      await expect.poll(place).not.toBe(before);
      await page.locator('.picture .zoom button').first().click();
    }
  });
});

test('reader can look at a recorded run, and is told that it is one', async ({ page }) => {
  await page.goto('/lessons/polling/');
  await page.locator('.start .link').click();
  const banner = page.locator('[data-recorded=asked]');
  await expect(banner).toContainText('Chrome');
  await expect(page.locator('[data-picture] .arrow')).not.toHaveCount(0);
  expect(await faults(page, { within: '.demo-shell' })).toEqual([]);
  await banner.getByRole('button').click();
  await expect(page.locator('.start .button')).toBeVisible();
});

test('reader can keep a run, and open it again without the server: it is drawn the same', async ({
  page,
  context,
}) => {
  const text = await recordRun(page, 'server-sent-events');
  const before = await drawn(page);
  expect(before.length).toBeGreaterThan(10);
  await page.goto('/lessons/server-sent-events/');
  await page.locator('.start').hover();
  await page.locator('.demo[data-ready=true]').waitFor();
  // What reads a file is there before it is needed.
  await page.waitForFunction(() =>
    performance.getEntriesByType('resource').some(({ name }) => name.includes('run.wire')),
  );
  await context.setOffline(true);
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a run from a file' }).click();
  await (
    await chooser
  ).setFiles({ name: 'mine.wire.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await expect(page.locator('[data-recorded=opened]')).toBeVisible();
  expect(await drawn(page)).toEqual(before);
  await context.setOffline(false);
});

test('reader who opens what is no run, a damaged one or a huge file is told so', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  await readerPanel(page, 'Bob').say('hello');
  const told = page.locator('.file [role=alert]');
  const good = readFileSync(shipped('polling'), 'utf8');
  for (const [buffer, words] of [
    [Buffer.from('<h1>hello</h1>'), 'no recorded run'],
    [Buffer.from(good.replace('"kind":"request"', '"kind":"requst"')), 'events.0.kind'],
    [Buffer.from(good.replace('"version": 1', '"version": 2')), 'newer version'],
    [Buffer.alloc(24_000_001, ' '), 'larger than a run can be'],
  ] as const) {
    await open(page, 'some.json', buffer);
    await expect(told).toContainText(words);
  }
  await expect(page.locator('[data-recorded]')).toHaveCount(0);
  await open(page, 'some.json', Buffer.from(good));
  await expect(page.locator('[data-recorded=opened]')).toBeVisible();
});

test.describe('where the server is gone', () => {
  test.use({ expectedErrors: [/Failed to load|ERR_CONNECTION_REFUSED|WebSocket connection/] });
  test('reader sees the lesson’s recorded run, labelled, and the server again when it is back', async ({
    page,
  }) => {
    const server = await startServer();
    const { port } = new URL(server.url);
    await page.goto(`${server.url}/lessons/websocket/`);
    await page.locator('.start').hover();
    await page.locator('.demo[data-ready=true]').waitFor();
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('run.wire')),
    );
    await server.end('SIGKILL');
    await page.locator('.start .button').click();
    await expect(page.locator('[data-recorded=unreachable]')).toBeVisible({ timeout: 15_000 });
    await expect(page.locator('[data-picture] .arrow')).not.toHaveCount(0);
    await using back = await startServer({ PORT: port });
    expect(back.url).toBe(server.url);
    await page.locator('section.reader header .link').first().click();
    await expect(page.locator('[data-recorded]')).toHaveCount(0, { timeout: 20_000 });
  });
});

test.describe('where the server is gone before the demo is alive', () => {
  test.use({ expectedErrors: [/Failed to (load|fetch)|ERR_CONNECTION_REFUSED|hydrating/] });
  test('reader keeps the lesson, and is told that the demo could not be loaded', async ({
    page,
  }) => {
    const server = await startServer();
    await page.goto(`${server.url}/lessons/polling/`);
    await server.end('SIGKILL');
    await page.locator('.start .button.go').click();
    await expect(page.locator('[data-not-loaded]')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Polling');
  });
});

/** What does not differ from run to run: which kinds of events, which headers, which JSON. */
function shapeOf(run: Run): string[] {
  const decoder = new TextDecoder();
  const shapes = run.events.flatMap((event) => {
    const kept = event.side === 'server' ? bytesOf(event) : undefined;
    const text = kept && event.kind !== 'frame' ? decoder.decode(kept.bytes) : '';
    // A browser's own are another matter.
    const headers =
      event.kind === 'request'
        ? []
        : [...text.matchAll(/^([\w-]+): /gm)].map(([, name]) => name?.toLowerCase()).sort();
    const body = parseJson(/\{.*\}/s.exec(text)?.[0] ?? '');
    const keys = isRecord(body) ? Object.keys(body) : [];
    const what = event.kind === 'frame' ? [event.way, String(event.opcode)] : [];
    const how = event.kind === 'response' ? [String(event.status)] : [];
    return [event.side, event.kind, ...what, ...how, ...headers, ...keys].join(' ');
  });
  return [...new Set(shapes)].sort();
}

/** That a recorded run of the name has the shape of one that was recorded today. */
function isToday(today: string, kept: string, name: string): void {
  // Pings, what is told of the room by looking at it, and a question that meets its own end: by chance.
  const isChance = (shape: string) =>
    /frame (up|down) (9|10)|queued|acknowledged|joined|left|held|released|close|response (404|409)/.test(
      shape,
    );
  const [regular, were] = [today, readFileSync(kept, 'utf8')].map((text) =>
    shapeOf(runIn(text)).filter((shape) => !isChance(shape)),
  );
  tell(regular, `Run "npm run record ${name}" and read what has changed.`).toEqual(were);
}

for (const { slug } of lessons)
  test(`the recorded run of ${slug} is what the server and Chromium do today`, async ({ page }) => {
    isToday(await recordRun(page, slug), shipped(slug), slug);
  });

withOwnServer(() => {
  test('the recorded run of one room is what Node, Django and Chromium do today', async ({
    page,
  }) => {
    test.skip(!findDjango(), 'This machine has no Python with Channels.');
    test.slow();
    const kept = 'content/lessons/channel-layer/one-room.wire.json';
    isToday(await recordOneRoom(page), kept, 'one-room');
  });
});

test('a run of a thousand events can be played without a task of more than 50 ms', async ({
  page,
}) => {
  const run = runIn(readFileSync(shipped('long-polling'), 'utf8'));
  const span = Math.max(...run.events.map(({ at }) => at)) - (run.events[0]?.at ?? 0);
  const times = Math.ceil(1_000 / run.events.length);
  const events = Array.from({ length: times }, (_, time) =>
    run.events.map((event) => ({
      ...event,
      at: event.at + time * span,
      sequence: event.sequence + time * 10_000,
      exchange: event.exchange + time * 1_000,
    })),
  ).flat();
  await page.goto('/lessons/polling/');
  await page.locator('.start').hover();
  await page.locator('.demo[data-ready=true]').waitFor();
  await open(page, 'long.wire.json', Buffer.from(writeRun({ ...run, events })));
  await expect(page.locator('[data-recorded=opened]')).toBeVisible();
  await page.locator('.picture .controls .button').nth(3).click(); // replay
  await expect.poll(() => seconds(page)).toBeLessThan(2);
  const longest = await longestTask(page, async () => {
    await expect.poll(() => seconds(page), { timeout: 20_000 }).toBeGreaterThan(4);
  });
  expect(longest).toBeLessThan(50);
});

test('reader who predicted otherwise than it came out finds it on the last page', async ({
  page,
}) => {
  await page.goto('/looking-back/');
  await expect(page.locator('[data-none]')).toBeVisible();
  await page.goto('/lessons/websocket/');
  await page.locator('.chip').first().click(); // four
  await page.locator('.start .button').click(); // at once: both are pressed again when it is alive
  for (const text of ['one', 'two']) await readerPanel(page, 'Alice').say(text);
  await expect(page.locator('[data-measured]')).toContainText('You said: four');
  await page.goto('/looking-back/');
  const missed = page.locator('[data-missed=websocket]');
  await expect(missed).toContainText('four');
  await expect(missed).toContainText('none');
  expect(await faults(page)).toEqual([]);
  await page.goto('/zh-cn/looking-back/'); // where no heading has the same anchor
  await missed.getByRole('link').click();
  await expect(page.locator('.demo')).toBeInViewport();
  expect(await page.evaluate(() => scrollY)).toBeGreaterThan(0);
});
