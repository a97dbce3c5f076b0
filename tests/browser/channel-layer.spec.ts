import { findDjango } from '../../scripts/test-tools.mjs';
import {
  expect,
  faults,
  meter,
  proveAll,
  readerPanel,
  secondTab,
  startDemo,
  startPair,
  test,
  withOwnServer,
} from './reader.ts';

const path = '/lessons/channel-layer/';

test('reader can send through the group, and see its members', async ({ page }) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.say('hello <b>');
  await expect(bob.messages).toContainText(['hello <b>']);
  await expect(page.locator('[data-entries=group] li')).toHaveCount(2);
  await expect(page.locator('[data-entries=group] b').first()).toContainText('specific.inmemory!');
});

test('reader can disconnect and come back, and has missed nothing', async ({ page }) => {
  await startDemo(page, path);
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await alice.say('before');
  await expect(alice.messages).toHaveCount(1);
  await alice.panel.locator('header .link').click();
  await expect(page.locator('[data-entries=group] li')).toHaveCount(1);
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
  await expect(page.locator('[data-entries=group] .bad')).toHaveCount(1, { timeout: 20_000 });
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

test('reader can read why a message was refused', async ({ page }) => {
  await startDemo(page, '/lessons/channel-layer/');
  const alice = readerPanel(page, 'Alice');
  await alice.say('a bell: \u0007');
  await expect(alice.panel.getByRole('alert')).toContainText('control character');
});

withOwnServer(() => {
  test('reader can put Redis between two processes, see what it keeps, and let it go away', async ({
    page,
  }) => {
    test.slow();
    const { lab, process, alice, bob, seen } = await startPair(page, '/lessons/channel-layer/');
    const stored = lab.locator('.redis [data-kind]');
    const layers = lab.getByRole('radio');
    await bob.say('in memory');
    await expect(bob.messages).toContainText(['in memory']);
    await expect(alice.messages).toHaveCount(0);

    await layers.nth(1).check();
    await bob.say('over pubsub');
    await expect(alice.messages).toContainText(['over pubsub']);
    await expect(stored).toHaveAttribute('data-kind', 'subscribers');

    await layers.nth(2).check();
    await bob.say('over core');
    await expect(alice.messages).toContainText(['over pubsub', 'over core']);
    await expect(lab.locator('[data-kind=members] dd')).toHaveCount(2);
    await process('a').locator('.kill').click();
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'reconnecting');
    await bob.say('to the dead');
    // It waits in the queue of a process that is no more, and comes to Alice from the log.
    await expect(lab.locator('[data-kind=queue] dd')).toContainText(['to the dead']);
    await expect(alice.messages).toContainText(['over pubsub', 'over core', 'to the dead'], {
      timeout: 20_000,
    });

    await lab.locator('.actions button').nth(1).click(); // it hangs
    await expect(lab.locator('.away')).toBeVisible({ timeout: 10_000 });
    for (const { panel } of [alice, bob])
      await expect(panel.getByRole('status').first()).toBeVisible();
    await bob.say('while it hangs');
    await expect(bob.panel.getByRole('alert')).toBeVisible();
    await expect(bob.panel.locator('form input')).toHaveValue('while it hangs'); // given back
    await expect(stored.first()).toBeVisible({ timeout: 20_000 });
    await expect(bob.panel.getByRole('alert')).toHaveCount(0);
    await bob.say('it goes on');
    await expect(alice.messages.last()).toContainText('it goes on');
    await expect(alice.panel.locator('[data-gap]')).toHaveCount(0);
    await lab.locator('.actions button').nth(2).click(); // restarted, once it has rested
    for (const { panel } of [alice, bob])
      await expect(panel.locator('[data-gap]')).toBeVisible({ timeout: 20_000 });
    await bob.say('a new beginning');
    await expect(alice.messages.last()).toContainText('a new beginning');
    await expect(seen).toHaveCount(5);
    expect(await faults(page, { within: '.pair' })).toEqual([]);
  });

  test('reader can let Django into the room, kill it, and see it come back', async ({ page }) => {
    test.skip(!findDjango(), 'This machine has no Python with Channels.');
    test.slow();
    const { lab, process, alice } = await startPair(page, '/lessons/channel-layer/');
    const carol = readerPanel(page, 'Carol', '.pair');
    const django = process('django');
    await lab.getByRole('radio').first().check(); // in memory: not there
    await expect(django.locator('[data-start-django]')).toHaveCount(0);
    await lab.getByRole('radio').nth(2).check();
    await django.locator('[data-start-django]').click();
    await expect(django).toHaveAttribute('data-state', 'up', { timeout: 20_000 });
    await carol.say('from Python');
    await expect(alice.messages).toContainText(['from Python']);
    await alice.say('from Node');
    await expect(carol.messages).toContainText(['from Python', 'from Node']);
    await expect(lab.locator('[data-kind=members] dd')).toHaveCount(3);
    await expect(lab.locator('[data-picture] .arrow')).not.toHaveCount(0);
    const inside = await django.locator('.inside').textContent();
    await process('a').locator('.kill').click();
    await expect(process('a')).toHaveAttribute('data-state', 'away');
    await expect(django.locator('.inside')).toHaveText(inside ?? ''); // A's being away is not its affair
    await expect(process('a')).toHaveAttribute('data-state', 'up', { timeout: 20_000 });
    await django.locator('.kill').click();
    await expect(carol.panel.locator('.state')).toHaveAttribute('data-state', 'reconnecting');
    await alice.say('while it is away');
    await expect(carol.messages).toContainText(['while it is away'], { timeout: 20_000 });
    expect(await faults(page, { within: '.pair' })).toEqual([]);
  });

  test('reader is told where there is no Django, and shown a run that was recorded with it', async ({
    page,
  }) => {
    await page.route(/\/live\/pair$/, async (route) => {
      const response = await route.fetch();
      const view = (await response.json()) as Record<string, unknown>;
      delete view['django'];
      await route.fulfill({ response, json: view });
    });
    const { lab, process } = await startPair(page, '/lessons/channel-layer/');
    await lab.getByRole('radio').nth(1).check();
    await expect(process('django')).toContainText('npm run django');
    await process('django').locator('[data-watch-django]').click();
    await expect(lab.locator('[data-recorded=asked]')).toContainText('Chrome');
    await expect(lab.locator('[data-picture]')).toContainText('Carol · Django');
    await expect(lab.locator('[data-picture] .arrow')).not.toHaveCount(0);
    expect(await faults(page, { within: '.pair' })).toEqual([]);
    await lab.locator('[data-recorded] button').click();
    await expect(lab.locator('[data-recorded]')).toHaveCount(0);
    await page.unrouteAll({ behavior: 'wait' }); // the page asks each second, and may just have
  });

  test('reader can choose a layer, and finds it chosen after a reload', async ({ page }) => {
    await page.goto('/lessons/channel-layer/');
    const lab = page.locator('section.pair');
    await lab.scrollIntoViewIfNeeded();
    await page.locator('astro-island:has(.pair):not([ssr])').waitFor({ state: 'attached' });
    await lab.getByRole('radio').nth(2).check();
    await page.reload();
    await lab.scrollIntoViewIfNeeded();
    await expect(lab.getByRole('radio').nth(2)).toBeChecked();
  });
});

proveAll('channel-layer');
secondTab('channel-layer');
