import { expect, test } from './reader.ts';

// The server's code in two languages: TypeScript, and Django beside it.

for (const [language, path] of [
  ['English', '/lessons/'],
  ['Chinese', '/zh-cn/lessons/'],
] as const)
  test(`reader can choose Django by keys, and finds it chosen in the next lesson, in ${language}`, async ({
    page,
  }) => {
    await page.goto(`${path}long-polling/`);
    const tabs = page.getByRole('tab', { name: 'Django' });
    await expect(tabs).toHaveCount(2);
    await page.getByRole('tab', { name: 'TypeScript' }).first().focus();
    await page.keyboard.press('ArrowRight');
    await expect(tabs.first()).toBeFocused();
    for (const tab of await tabs.all()) await expect(tab).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByText('async def new_reader')).toBeVisible();
    await expect(page.getByText('async def reader_messages')).toBeVisible();

    await page.goto(`${path}channel-layer/`);
    await expect(tabs.first()).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByText('class GroupConsumer')).toBeVisible();
    const colours = page.locator('[data-source$="consumers.py"] pre[data-language=python] span');
    const seen = await colours.evaluateAll((spans) =>
      spans.map((one) => getComputedStyle(one).color),
    );
    expect(new Set(seen).size).toBeGreaterThan(3);
  });

for (const [language, path, section] of [
  ['English', '/django/', 'Consumers'],
  ['Chinese', '/zh-cn/django/', '消费者'],
] as const)
  test(`reader can go from the files of both to what is said of them, in ${language}`, async ({
    page,
  }) => {
    await page.goto(path);
    await page.locator('figure.map').getByRole('link', { name: section }).click();
    await expect(page.getByRole('heading', { name: section, level: 2 })).toBeInViewport();
    await page.getByRole('tab', { name: 'Django' }).first().click();
    await expect(page.getByText('class ReplyConsumer')).toBeVisible();
  });

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });
  test('reader can read the first of the two', async ({ page }) => {
    await page.goto('/lessons/websocket/');
    await expect(page.getByText('class ChatConsumer extends').first()).toBeVisible();
    await expect(page.getByText('class ReplyConsumer')).toBeHidden();
  });
});
