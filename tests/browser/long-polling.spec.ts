import { expect, meter, proveAll, readerPanel, secondTab, startDemo, test } from './reader.ts';

const path = '/lessons/long-polling/';

test('reader can send, and see a held question answered at once', async ({ page }) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.say('the kettle is on <b>');
  await expect(bob.messages).toContainText(['the kettle is on <b>']);
  await expect(bob.messages.first().locator('small')).toContainText(/\d\s(ms|s)/);
  await expect(meter(page, 'Bob', 'open')).toHaveText('1');
  await expect(page.locator('[data-entries=queues] li.busy')).toHaveCount(2);
});

test('reader can turn the knob, and a question ends with nothing', async ({ page }) => {
  await startDemo(page, path);
  const alice = readerPanel(page, 'Alice');
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await page.locator('.knob input').fill('0'); // one second
  await expect(page.locator('.knob output')).toHaveText('1 s');
  const empty = meter(page, 'Alice', 'empty');
  await expect.poll(async () => Number(await empty.textContent())).toBeGreaterThan(2);
  await page.reload();
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await expect(page.locator('.knob output')).toHaveText('1 s');
});

test('reader can post twenty at once: with a queue none is lost, without one most are', async ({
  page,
}) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  const many = page.locator('.actions .button').nth(2);
  await many.click();
  await expect(alice.messages).toHaveCount(20);
  await expect(bob.messages).toHaveCount(20);
  await page.locator('.break input').check();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await many.click();
  await expect(bob.messages).toHaveCount(40);
  await expect(page.locator('[data-finding]')).toContainText(/\d+/);
  expect(await alice.messages.count()).toBeLessThan(40);
});

test.describe('where an answer is lost', () => {
  test.use({ expectedErrors: [/ERR_CONNECTION_RESET/] });
  test('reader can lose an answer, and see it come again', async ({ page }) => {
    await startDemo(page, '/lessons/long-polling/');
    const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    const lost = page.waitForEvent('requestfailed');
    await page.locator('.breaks-two .button').click();
    await bob.say('important');
    await expect(bob.messages).toHaveCount(1);
    await lost;
    // She tries again by herself, sooner or later: she waits longer after each failure.
    await expect(alice.messages).toContainText(['important'], { timeout: 25_000 });
    await expect(meter(page, 'Alice', 'repeated')).toHaveText('0');
  });
});

proveAll('long-polling');
secondTab('long-polling');
