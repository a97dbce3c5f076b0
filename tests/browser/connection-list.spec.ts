import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startServer } from '../support/program.ts';
import {
  aliveLab,
  expect,
  faults,
  proveAll,
  readerPanel,
  secondTab,
  startDemo,
  startPair,
  test,
  withOwnServer,
} from './reader.ts';

const path = '/lessons/connection-list/';

test('reader can send, and see it at both with the server’s mark, and the list', async ({
  page,
}) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.say('hello <b>');
  await expect(alice.messages).toContainText(['hello <b> ✓']);
  await expect(bob.messages).toContainText(['hello <b> ✓']);
  await expect(page.locator('[data-entries=list] li')).toHaveCount(2);
});

test('reader can turn the knob, and one message becomes many frames', async ({ page }) => {
  await startDemo(page, path);
  await readerPanel(page, 'Bob').panel.locator('.state[data-state=open]').waitFor();
  await page.locator('.knob input').fill('3'); // five more
  await expect(page.locator('[data-entries=list] li')).toHaveCount(7);
  await readerPanel(page, 'Alice').say('to all of you');
  await expect(page.locator('[data-finding]')).toContainText('5');
  await page.locator('.knob input').fill('0');
  await expect(page.locator('[data-entries=list] li')).toHaveCount(2);
});

test('reader can send Bob to another room, and he hears everything all the same', async ({
  page,
}) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  for (const text of ['one', 'two']) await alice.say(text);
  await expect(bob.messages).toHaveCount(2);
  await page.locator('.break input').check();
  await expect(page.locator('[data-entries=list] li', { hasText: '/room/garden/' })).toHaveCount(1);
  await alice.say('said in the kitchen');
  await expect(bob.messages).toContainText(['said in the kitchen ✓']);
});

test('reader can say “close”, and the server closes that connection alone', async ({ page }) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await page.locator('.actions .button').nth(2).click();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'closed');
  await expect(alice.panel.locator('.over')).toContainText('1000');
  await expect(page.locator('[data-entries=list] li')).toHaveCount(1);
  await bob.say('anyone?');
  await expect(bob.messages).toContainText(['anyone? ✓']);
});

test('reader can run the walk that skips', async ({ page }) => {
  await page.goto(path);
  await aliveLab(page);
  await page.locator('.lab .button').click();
  await expect(page.locator('[data-walk=itself] .bad')).toContainText('3');
  await expect(page.locator('[data-walk=copy] .bad')).toHaveCount(0);
});

test('the notes’ own page works as it is, from an origin that is allowed', async ({ page }) => {
  const notes = (
    port: string,
  ) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
    <input id="txt"><button onclick="send()">send</button><button onclick="leave()">close</button><div id="message"></div>
    <script>
      const ws = new WebSocket("ws://127.0.0.1:${port}/room/123/");
      const show = (text) => { const tag = document.createElement("div"); tag.innerText = text; document.getElementById("message").appendChild(tag); };
      ws.onopen = () => show("[open]");
      ws.onmessage = (event) => show(event.data);
      ws.onclose = () => show("[closed]");
      function send() { ws.send(document.getElementById("txt").value); }
      function leave() { ws.close(); }
    </script>`;
  let port = '';
  await using pages = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end(notes(port));
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  await using server = await startServer({ ALLOWED_ORIGINS: origin });
  port = new URL(server.url).port;

  const other = await page.context().newPage();
  const shown = [page, other].map((one) => one.locator('#message div'));
  for (const one of [page, other]) {
    await one.goto(origin);
    await expect(one.locator('#message')).toContainText('[open]');
  }
  await page.locator('#txt').fill('hello from the notes');
  await page.getByText('send').click();
  for (const lines of shown) await expect(lines.nth(1)).toHaveText('hello from the notes ✓');
  await page.locator('#txt').fill('close');
  await page.getByText('send').click();
  await expect(page.locator('#message')).toContainText('[closed]');
  await other.getByText('close').click();
  await expect(other.locator('#message')).toContainText('[closed]');
  pages.closeAllConnections();
});

withOwnServer(() => {
  test('reader can hear the silence between two processes, kill one, and see it come back', async ({
    page,
  }) => {
    test.slow();
    const { process, alice, bob, seen } = await startPair(page, '/lessons/connection-list/');
    await alice.say('hello from A');
    await expect(alice.messages).toContainText(['hello from A ✓']);
    await bob.say('hello from B');
    await expect(bob.messages).toContainText(['hello from B ✓']);
    for (const { messages } of [alice, bob]) await expect(messages).toHaveCount(1);
    for (const side of ['a', 'b'] as const)
      await expect(process(side).locator('.inside li')).toHaveCount(1);
    const pid = await process('a').locator('.state code').textContent();
    await process('a').locator('.kill').click();
    await expect(alice.panel.locator('.over')).toContainText('1006');
    await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    await expect(process('a')).toHaveAttribute('data-state', 'up', { timeout: 20_000 });
    await expect(process('a').locator('.state code').first()).not.toHaveText(pid ?? '');
    await expect(process('a').locator('.inside li')).toHaveCount(0);
    await alice.panel.locator('.over .link').click();
    await alice.say('again');
    await expect(alice.messages).toContainText(['hello from A ✓', 'again ✓']);
    await expect(seen).toHaveCount(4);
    expect(await faults(page, { within: '.pair' })).toEqual([]);
  });
});

proveAll('connection-list');
secondTab('connection-list', (text) => `${text} ✓`);
