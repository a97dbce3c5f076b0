import { expect, meter, proveAll, readerPanel, startDemo, test } from './reader.ts';
import { settled } from '../support/settled.ts';

test('reader can send from Alice and see it at Bob', async ({ page }) => {
  await startDemo(page, '/lessons/polling/');
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.say('the kettle is on <b>');
  await expect(bob.messages).toContainText(['the kettle is on <b>']);
  await expect(alice.messages).toContainText(['the kettle is on <b>']);
  await expect(bob.messages.first().locator('small')).toContainText(/\d\s(ms|s)/);
  await expect(meter(page, 'Bob', 'delivered')).toHaveText('1');
  await expect(page.locator('[data-finding]')).toContainText(/\d\s(ms|s)/);
  await expect(page.locator('[data-measured] strong')).toContainText(/\d\s(ms|s)/);
});

test('reader can turn the knob, and the questions come faster', async ({ page }) => {
  await startDemo(page, '/lessons/polling/');
  const knob = page.locator('.knob input');
  await expect(page.locator('.knob output')).toHaveText('2 s');
  await knob.focus();
  await page.keyboard.press('Home');
  await expect(page.locator('.knob output')).toHaveText('0.25 s');
  const questions = meter(page, 'Alice', 'questions');
  const before = Number(await questions.textContent());
  await expect.poll(async () => Number(await questions.textContent()) - before).toBeGreaterThan(6);
  await expect(meter(page, 'Alice', 'empty')).not.toHaveText('0');
  await page.reload();
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await expect(page.locator('.knob output')).toHaveText('0.25 s');
});

test('reader can see the two stay out of step, also after a turn of the knob', async ({ page }) => {
  await startDemo(page, '/lessons/polling/');
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await page.locator('.knob input').fill('2'); // every second
  for (const text of ['one', 'two', 'three']) {
    await alice.say(text);
    await expect(bob.messages.filter({ hasText: text })).toHaveCount(1);
    await expect(alice.messages.filter({ hasText: text })).toHaveCount(1);
  }
  // 400 ms apart, or 600 the other way round; on a busy machine they drift.
  const said = (await page.locator('[data-finding]').textContent()) ?? '';
  expect(Number(/(\d+)\s*ms/.exec(said)?.[1])).toBeGreaterThan(100);
});

test('reader can break it: a forgotten cursor repeats everything at Alice alone', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  await page.locator('.knob input').fill('0');
  const bob = readerPanel(page, 'Bob');
  await bob.say('once');
  await expect(readerPanel(page, 'Alice').messages).toHaveCount(1);
  await page.locator('.break input').check();
  await expect(readerPanel(page, 'Alice').messages.locator('strong')).toBeVisible();
  await expect(meter(page, 'Alice', 'repeated')).not.toHaveText('0');
  await expect(meter(page, 'Bob', 'repeated')).toHaveText('0');
});

test('reader can open another reader in a new tab, in the same room', async ({ page, context }) => {
  await startDemo(page, '/lessons/polling/');
  const opened = context.waitForEvent('page');
  await page.locator('.share a').click();
  const guest = await opened;
  await guest.waitForURL(/\/r\/\w+\/\?lesson=polling$/);
  await guest.locator('.demo[data-ready=true]').waitFor();
  await expect(guest.locator('.start input')).toHaveValue(/^\w+ \d{3}$/);
  const who = '小明 <i>';
  await guest.locator('.start input').fill(who);
  await guest.locator('.start .button').click();
  await expect(guest.locator('.state')).toHaveAttribute('data-state', 'open');
  await readerPanel(guest, who).say('hello from another tab');
  await page.bringToFront();
  await expect(readerPanel(page, 'Alice').messages).toContainText(['hello from another tab']);
  await readerPanel(page, 'Alice').say('hello to it');
  await guest.bringToFront();
  await expect(readerPanel(guest, who).messages).toContainText([
    'hello from another tab',
    'hello to it',
  ]);
});

test('reader can reload, and what was said is still there', async ({ page }) => {
  await startDemo(page, '/lessons/polling/');
  await readerPanel(page, 'Alice').say('remember me');
  await expect(readerPanel(page, 'Bob').messages).toHaveCount(1);
  await page.locator('.chip').nth(1).click();
  await page.reload();
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await page.locator('.demo[data-ready=true]').waitFor();
  await expect(page.locator('.chip').nth(1)).toHaveAttribute('aria-pressed', 'true');
  await page.locator('.start .button').click();
  await expect(readerPanel(page, 'Alice').messages).toContainText(['remember me']);
});

test.describe('when the server refuses or is away', () => {
  test.use({ expectedErrors: [/Failed to load resource/] });

  test('reader can see that it does not answer, keeps what was typed, and goes on after', async ({
    page,
    context,
  }) => {
    await startDemo(page, '/lessons/polling/');
    await page.locator('.knob input').fill('0');
    const alice = readerPanel(page, 'Alice');
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    await context.setOffline(true);
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'reconnecting');
    await expect(alice.panel.locator('.trouble')).toBeVisible();
    await alice.panel.locator('form input').fill('later');
    await context.setOffline(false);
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open', {
      timeout: 20_000,
    });
    await expect(alice.panel.locator('form input')).toHaveValue('later');
    await alice.panel.locator('form button').click();
    await expect(readerPanel(page, 'Bob').messages).toContainText(['later'], { timeout: 20_000 });
  });

  test('reader can read why a message was refused, and still has it', async ({ page }) => {
    await startDemo(page, '/lessons/polling/');
    const alice = readerPanel(page, 'Alice');
    await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
    await alice.say('a bell: \u0007');
    await expect(alice.panel.getByRole('alert')).toContainText('control character');
    await expect(alice.panel.locator('form input')).toHaveValue('a bell: \u0007');

    await alice.panel.locator('form input').fill('x'.repeat(2001));
    await expect(alice.panel.locator('form ~ .trouble').first()).toContainText('2001');
    await expect(alice.panel.locator('form button')).toBeDisabled();
    await alice.panel.locator('form input').fill('   ');
    await expect(alice.panel.locator('form button')).toBeDisabled();
  });
});

test('reader can scroll away, and nothing is asked until the demo is in sight again', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  await expect(readerPanel(page, 'Bob').panel.locator('.state')).toHaveAttribute(
    'data-state',
    'open',
  );
  await page.locator('footer').scrollIntoViewIfNeeded();
  await expect(readerPanel(page, 'Alice').panel.locator('.state')).toHaveAttribute(
    'data-state',
    'off',
  );
  await page.locator('.demo').scrollIntoViewIfNeeded();
  await expect(readerPanel(page, 'Alice').panel.locator('.state')).toHaveAttribute(
    'data-state',
    'open',
  );
});

test('reader can disconnect somebody, who stays away when the demo comes back into sight', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await bob.panel.getByRole('button', { name: 'Disconnect' }).click();
  await page.locator('footer').scrollIntoViewIfNeeded();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'off');
  await page.locator('.demo').scrollIntoViewIfNeeded();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.say('where is Bob?');
  await expect(alice.messages).toHaveCount(1);
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'off');
  await bob.panel.getByRole('button', { name: 'Connect' }).click();
  await expect(bob.messages).toContainText(['where is Bob?']);
});

test('reader can scroll away before everybody is there, and back: nobody is forgotten', async ({
  page,
}) => {
  await startDemo(page, '/lessons/polling/');
  const [alice, bob] = [readerPanel(page, 'Alice'), readerPanel(page, 'Bob')];
  await expect(alice.panel.locator('.state')).not.toHaveAttribute('data-state', 'off');
  await page.locator('footer').scrollIntoViewIfNeeded();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'off');
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'off');
  await page.locator('.demo').scrollIntoViewIfNeeded();
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await expect(bob.panel.locator('.state')).toHaveAttribute('data-state', 'open');
});

test('reader can use the demo by keyboard alone', async ({ page }) => {
  await page.goto('/lessons/polling/');
  await page.locator('.start .button').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeFocused();
  const alice = readerPanel(page, 'Alice');
  await expect(alice.panel.locator('.state')).toHaveAttribute('data-state', 'open');
  await alice.panel.locator('form input').focus();
  await page.keyboard.type('typed');
  await page.keyboard.press('Enter');
  await expect(readerPanel(page, 'Bob').messages).toContainText(['typed']);
  await expect(alice.panel.locator('form input')).toBeFocused();
  await page.getByRole('button', { name: 'Stop', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('.start .button')).toBeFocused();
});

test('reader who only reads loads nothing of the demo; who has been here finds it as it was', async ({
  page,
}) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await page.goto('/lessons/polling/');
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await settled(page);
  expect(loaded.filter((url) => /DemoShell.*\.js$/.test(url))).toEqual([]);
  await page.locator('.chip').first().click();
  await expect(page.locator('.chip').first()).toHaveAttribute('aria-pressed', 'true');
  await page.reload();
  await page.locator('.demo-shell').scrollIntoViewIfNeeded();
  await expect(page.locator('.chip').first()).toHaveAttribute('aria-pressed', 'true');
});

proveAll('polling');
