import {
  expect,
  languages,
  meter,
  proveAll,
  readerPanel,
  secondTab,
  startDemo,
  test,
} from './reader.ts';

for (const { name, base } of languages) {
  test.describe(`in ${name}`, () => {
    const path = `${base}lessons/channel-layer/`;

    test('reader can send through the group, and see its members', async ({ page }) => {
      await startDemo(page, path);
      const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
      await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
      await alice.say('hello <b>');
      await expect(bob.messages).toContainText(['hello <b>']);
      await expect(page.locator('[data-members] li')).toHaveCount(2);
      await expect(page.locator('[data-members] code').first()).toContainText('specific.inmemory!');
    });

    test('reader can disconnect and come back, and has missed nothing', async ({ page }) => {
      await startDemo(page, path);
      const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
      await alice.say('before');
      await expect(alice.messages).toHaveCount(1);
      await alice.panel.locator('header .link').click();
      await expect(page.locator('[data-members] li')).toHaveCount(1);
      await bob.say('while away');
      await expect(bob.messages).toHaveCount(2);
      await alice.panel.locator('header .link').click();
      await expect(alice.messages).toContainText(['before', 'while away']);
      await expect(meter(page, 'Alice', 'repeated')).toHaveText('0');
    });

    test('reader can slow Alice down until her channel is full, and the layer drops in silence', async ({
      page,
    }) => {
      test.slow();
      await startDemo(page, path);
      const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
      await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
      await page.locator('.break input').check();
      await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
      await expect(page.locator('.knob output')).toContainText('20');
      await page.locator('.actions .button').nth(2).click();
      await expect(page.locator('[data-members] .bad')).toHaveCount(1, { timeout: 20_000 });
      await expect(page.locator('[data-finding]')).toContainText(/\d/);
      await expect(bob.messages).toHaveCount(200, { timeout: 20_000 });
      expect(await alice.messages.count()).toBeLessThan(100);
    });

    test('reader can turn the knob', async ({ page }) => {
      await startDemo(page, path);
      await page.locator('.knob input').fill('0');
      await expect(page.locator('.knob output')).toContainText('1');
      await page.reload();
      await page.locator('.demo-shell').scrollIntoViewIfNeeded();
      await expect(page.locator('.knob output')).not.toContainText('20');
    });
  });
}

test('reader can read why a message was refused', async ({ page }) => {
  await startDemo(page, '/lessons/channel-layer/');
  const alice = readerPanel(page, 'Alice');
  await alice.say('a bell: \u0007');
  await expect(alice.panel.getByRole('alert')).toContainText('control character');
});

proveAll('channel-layer');
secondTab('channel-layer');
