import { lessons } from '../../content/lessons.ts';
import { bytesOf } from '../../src/protocol/wire-bytes.ts';
import { observe } from '../support/observe.ts';
import { openRelay } from '../support/relay.ts';
import { expect, faults, longestTask, meter, readerPanel, startDemo, test } from './reader.ts';

const portOf = (site: string | undefined) => Number(new URL(site ?? '').port);
const lines = '[data-wire-log] li:has(.line)';

test('reader can open the log by keys, go through it, and open the bytes of an event', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  await readerPanel(page, 'Alice').say('the kettle is on <b>你好</b>');
  await page.locator('.wire [data-tab=log]').press('Enter');
  const posted = page.locator(lines, { hasText: 'POST /live/polling' }).first();
  await expect(posted).toBeVisible();
  await posted.locator('.line').focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.locator(`${lines} .line:focus`)).toHaveCount(1);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  const opened = posted.locator('.opened');
  await expect(opened).toContainText('POST');
  await expect(opened).toContainText('application/json');
  await expect(opened).toContainText('你好');
  expect(await faults(page, { within: '.demo-shell' })).toEqual([]);
});

test('reader can make Alice’s network worse, and hers alone, and it is still so after a reload', async ({
  page,
}) => {
  await startDemo(page, '/lessons/websocket/');
  await page.locator('.wire [data-tab=network]').click();
  const latency = page.locator('[data-condition=latency]').first();
  await expect(latency).toBeEnabled();
  await latency.selectOption('500');
  await expect(page.locator('.wire .tab em')).toContainText('Alice');
  await readerPanel(page, 'Alice').say('far away');
  await readerPanel(page, 'Bob').say('near');
  const delay = async (who: string) => {
    const text = (await meter(page, who, 'p50').textContent()) ?? '';
    return parseFloat(text) * (text.endsWith('ms') ? 1 : 1000);
  };
  await expect.poll(() => delay('Alice')).toBeGreaterThan(480);
  await expect.poll(() => delay('Bob')).toBeLessThan(250);
  await page.reload();
  await page.locator('.start .button').click();
  await page.locator('.wire [data-tab=network]').click();
  await expect(page.locator('[data-condition=latency]').first()).toHaveValue('500');
});

test.describe('where a network is cut off', () => {
  test.use({ expectedErrors: [/WebSocket connection to .* failed/] });
  test('reader who ends it has Alice back at once: she does not wait for her next try', async ({
    page,
  }) => {
    // By chance alone a wait may be as short as that: here none is under 4.5 s.
    await page.addInitScript(() => {
      const { random } = Math;
      Math.random = () => 0.9 + random() / 10;
    });
    await startDemo(page, '/lessons/channel-layer/');
    const state = readerPanel(page, 'Alice').panel.locator('.state');
    await expect(state).toHaveAttribute('data-state', 'open');
    await page.locator('.wire [data-tab=network]').click();
    const offline = page.locator('[data-condition=offline]').first();
    await offline.check();
    await expect(state).toHaveAttribute('data-state', 'reconnecting');
    await offline.uncheck();
    await expect(state).toHaveAttribute('data-state', 'open', { timeout: 3_000 });
  });
});

for (const { slug } of lessons)
  test(`reader of ${slug} is told each byte that Chromium and the server exchanged, and no other`, async ({
    page,
    baseURL,
  }) => {
    const port = portOf(baseURL);
    await using relay = await openRelay(port);
    await startDemo(page, `http://127.0.0.1:${relay.port}/lessons/${slug}/`);
    const alice = readerPanel(page, 'Alice');
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    const stored: Record<string, string> = await page.evaluate(() => ({ ...sessionStorage }));
    const kept = (key: string) =>
      JSON.parse(stored[`on-the-wire:${slug}.${key}`] ?? '""') as string;
    const tag = kept('tag.0');
    await using watch = await observe(port, { lesson: slug, room: kept('room'), tags: [tag] });
    // What began before this observer came is not all told to it: Alice begins anew.
    await alice.panel.locator('header .link').click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'off');
    const before = relay.connections.length;
    await alice.panel.locator('header .link').click();
    await alice.say('hello, 你好');
    await expect(alice.messages.first()).toBeVisible();
    await alice.panel.locator('header .link').click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'off');
    const last = await watch.event('request', ({ reader }) => reader === tag);
    expect(last.method).toMatch(/GET|POST/);

    const streams = (way: 'up' | 'down') =>
      relay.connections.map((connection) => Buffer.concat(connection[way]).toString('latin1'));
    const exchanges = [
      ...new Set(
        watch.events.filter(({ reader }) => reader === tag).map(({ exchange }) => exchange),
      ),
    ];
    expect(exchanges.length).toBeGreaterThan(0);
    const begun = (exchange: number) =>
      watch.events.find((event) => event.kind === 'request' && event.exchange === exchange);
    let compared = 0;
    for (const exchange of exchanges.filter(begun))
      for (const way of ['up', 'down'] as const) {
        const told = watch.events
          .filter((event) => event.reader === tag && event.exchange === exchange)
          .filter((event) =>
            event.kind === 'frame'
              ? event.way === way
              : (event.kind === 'request') === (way === 'up'),
          )
          .map((event) => Buffer.from(bytesOf(event)?.bytes ?? []).toString('latin1'))
          .join('');
        // The server tells what it wrote before it is through the relay.
        await expect.poll(() => streams(way).some((stream) => stream.includes(told))).toBe(true);
        compared += told.length;
      }
    expect(compared).toBeGreaterThan(500);
    expect(before).toBeGreaterThan(0);
    // And none is missing: what the relay saw asked in Alice's name was told.
    const asked =
      streams('up')
        .join('')
        .match(new RegExp(`as=${tag}\\.(\\d+)`, 'g')) ?? [];
    const latest = Math.max(...asked.map((one) => Number(one.split('.').at(-1))));
    await watch.event('request', ({ exchange }) => exchange === latest);
  });

test('fifty events a second leave no task of more than 50 ms on the page’s main thread', async ({
  page,
}) => {
  await startDemo(page, '/lessons/connection-list/');
  await page.locator('.wire [data-tab=log]').click();
  await readerPanel(page, 'Alice').say('begin');
  await expect(page.locator(lines).first()).toBeVisible();
  const longest = await longestTask(page, () =>
    page.evaluate(async () => {
      const room = JSON.parse(
        sessionStorage.getItem('on-the-wire:connection-list.room') ?? '""',
      ) as string;
      const socket = new WebSocket(
        `${location.origin.replace('http', 'ws')}/live/connection-list/${room}/room/kitchen/`,
      );
      await new Promise((resolve) => (socket.onopen = resolve));
      // Each text is a frame to Alice and one to Bob, at the server and at the page: twelve are fifty events.
      await new Promise<void>((resolve) => {
        let sent = 0;
        const timer = setInterval(() => {
          socket.send(`message ${(sent += 1)}`);
          if (sent < 60) return;
          clearInterval(timer);
          resolve();
        }, 1_000 / 12.5);
      });
      socket.close();
    }),
  );
  expect(longest).toBeLessThan(50);
});
