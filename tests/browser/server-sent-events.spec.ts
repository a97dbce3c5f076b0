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

const path = '/lessons/server-sent-events/';

test('reader can send many, and see them come over one connection', async ({ page }) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  for (const text of ['one <b>', 'two', 'three']) await alice.say(text);
  await expect(bob.messages).toContainText(['one <b>', 'two', 'three']);
  await expect(meter(page, 'Bob', 'connections')).toHaveText('1');
  await expect(meter(page, 'Bob', 'missed')).toHaveText('0');
});

test('reader can let the server end the stream: the browser comes back, and nothing is missing', async ({
  page,
}) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await bob.say('before the knob');
  await expect(alice.messages).toHaveCount(1);
  await page.locator('.knob input').fill('1'); // two seconds
  await expect(page.locator('.knob output')).toHaveText('2 s');
  const connections = meter(page, 'Alice', 'connections');
  await expect
    .poll(async () => Number(await connections.textContent()), { timeout: 15_000 })
    .toBeGreaterThan(2);
  await expect(page.locator('[data-finding]')).toContainText(/\d/);
  await alice.panel.locator('.state[data-state=reconnecting]').waitFor();
  await page.locator('.actions .button').first().click(); // Bob, while Alice is away
  await expect(alice.messages).toHaveCount(2);
  await expect(bob.messages).toHaveCount(2);
  await expect(meter(page, 'Alice', 'repeated')).toHaveText('0');
});

test('reader can change a stream, and see what an EventSource makes of it', async ({ page }) => {
  await page.goto(path);
  await aliveLab(page);
  const events = page.locator('.lab ol li:not(.none)');
  await expect(events).toHaveCount(2);
  await page.locator('.lab textarea').fill('event: x\ndata: <b>\ndata: y\n\ndata: cut');
  await expect(events).toHaveCount(1);
  await expect(events.locator('b')).toHaveText('x');
  await expect(events.locator('pre')).toHaveText('<b>\ny');
  await page.locator('.lab .button').last().click();
  await expect(events).toHaveCount(1);
});

for (const [value, logs] of [
  ['204', []],
  ['500', [/status of 500/]],
  ['text', [/MIME type/]],
] as const)
  test.describe(`where a stream is answered ${value}`, () => {
    test.use({ expectedErrors: [...logs] });
    test(`reader can see that ${value} ends it for good, and connect again`, async ({ page }) => {
      await startDemo(page, '/lessons/server-sent-events/');
      const alice = readerPanel(page, 'Alice');
      await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
      const place = ['204', '500', 'text'].indexOf(value) + 1;
      await page.locator('.breaks input').nth(place).check();
      await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'refused', {
        timeout: 15_000,
      });
      await page.locator('.breaks input').first().check();
      await alice.panel.getByRole('button', { name: 'Connect Alice' }).click();
      await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    });
  });

proveAll('server-sent-events', [/status of 400/]);
secondTab('server-sent-events');
