import {
  aliveLab,
  expect,
  meter,
  proveAll,
  readerPanel,
  secondTab,
  startDemo,
  test,
} from './reader.ts';

const REPLY = '不要回复不要回复不要回复';
const refusedHandshake = /WebSocket connection to .* failed/;

const path = '/lessons/websocket/';

test('reader can send a text and read the reply, over one connection', async ({ page }) => {
  await startDemo(page, path);
  const alice = readerPanel(page, 'Alice');
  for (const text of ['hello', 'and again <b>']) await alice.say(text);
  await expect(alice.messages).toContainText([REPLY, REPLY]);
  await expect(meter(page, 'Alice', 'connections')).toHaveText('1');
  await expect(page.locator('[data-measured] strong')).toContainText(/\d\s(ms|s)/);
});

test('reader can see the accept key computed from her own', async ({ page }) => {
  await startDemo(page, path);
  const accept = page.locator('[data-accept]');
  await expect(accept).toHaveText(/^[A-Za-z0-9+/]{27}=$/);
  const key = await page.locator('.sides dt:text-is("sec-websocket-key") + dd').textContent();
  const { createHash } = await import('node:crypto');
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const expected = createHash('sha1').update(`${key}${guid}`).digest('base64');
  await expect(accept).toHaveText(expected);
});

test('reader can close with a code of her own, and see it on both sides', async ({ page }) => {
  await startDemo(page, path);
  const alice = readerPanel(page, 'Alice');
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  const cells = page.locator('[data-ending=Alice] td');
  for (const [step, code] of [
    [1, '1000'],
    [4, '4321'],
    [0, '1005'],
  ] as const) {
    await page.locator('.knob input').fill(String(step));
    await page.locator('.close .button').click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'closed');
    await expect(cells.first()).toContainText(code);
    await expect(cells.last()).toContainText(code);
    await alice.panel.locator('header .link').click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  }
});

test('reader can make the server close, for three reasons', async ({ page }) => {
  await startDemo(page, path);
  const alice = readerPanel(page, 'Alice');
  for (const [place, code] of ['1003', '1009', '1008'].entries()) {
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    await page.locator('.breaks .button').nth(place).click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'closed');
    await expect(page.locator('[data-ending=Alice] td').first()).toContainText(code);
    await alice.panel.locator('header .link').click();
  }
});

test('reader can type a text and see its frame, masked and not', async ({ page }) => {
  await page.goto(path);
  await aliveLab(page);
  await page.locator('.lab input').fill('Hello');
  await expect(page.locator('[data-frame=up] code')).toHaveText([
    '81',
    '85',
    '37 fa 21 3d',
    '7f 9f 4d 51 58',
  ]);
  await expect(page.locator('[data-frame=down] code')).toHaveText(['81', '05', '48 65 6c 6c 6f']);
  await page.locator('.lab .button').click();
  await expect(page.locator('[data-frame=up] .mask-key code')).not.toHaveText('37 fa 21 3d');
});

test.describe('where a foreign page is refused', () => {
  test.use({ expectedErrors: [refusedHandshake] });
  test('reader can load a foreign page, which is refused and is not told why', async ({ page }) => {
    // The button may be pressed before the server is watched: what comes of it is told all the same.
    await page.routeWebSocket(/\/live\/wire\//, async (socket) => {
      await page.locator('.breaks iframe, .breaks .button:focus').first().waitFor();
      socket.connectToServer();
    });
    await startDemo(page, '/lessons/websocket/');
    await page.locator('.breaks .button').last().click();
    await expect(page.locator('[data-foreign]')).toContainText('1006');
    await expect(page.locator('[data-foreign]')).toContainText('Origin: null');
    await expect(page.locator('[data-foreign]')).toContainText('403');
    await expect(page.frameLocator('.breaks iframe').locator('#came')).toContainText('1006');
  });
});

proveAll('websocket', [refusedHandshake]);
secondTab('websocket', () => REPLY);
