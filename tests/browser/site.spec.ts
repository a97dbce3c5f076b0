import { lessons } from '../../content/lessons.ts';
import { expect, faults, languages, test } from './reader.ts';

const paths = [
  '',
  ...lessons.map(({ slug }) => `lessons/${slug}/`),
  'contract/',
  'glossary/',
  'nowhere/',
  'r/kitchen/?lesson=polling',
];

// The page for what is not there says so in the console as well.
test.use({ expectedErrors: [/the server responded with a status of 404/] });

for (const { name, base } of languages)
  for (const path of paths)
    for (const colorScheme of ['light', 'dark'] as const)
      test(`reader can read ${base}${path} in ${name}, ${colorScheme}, with no fault that axe finds`, async ({
        page,
      }) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(base + path);
        expect(await faults(page)).toEqual([]);
      });

for (const width of [380, 768, 1440])
  for (const { base } of languages)
    test(`reader can read everything under ${base} at ${width} px without scrolling sideways`, async ({
      page,
    }) => {
      await page.setViewportSize({ width, height: 900 });
      for (const path of paths) {
        await page.goto(base + path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect([path, over]).toEqual([path, 0]);
      }
    });

test('reader can send one message across from the home page, and another', async ({ page }) => {
  await page.goto('/');
  const done = page.locator('.first li:not(.open)');
  await expect(page.locator('.first li.open')).toHaveCount(4);
  for (const text of ['hello <i>', 'and again']) {
    await page.locator('.first input').fill(text);
    await page.locator('.first button').click();
    await expect(done).toHaveCount(4);
    await expect(done.last()).toContainText(`“${text}”`);
    for (const time of await done.locator('b').allTextContents()) expect(time).toMatch(/^\+\d/);
  }
});

test.describe('where posts are refused', () => {
  test.use({ expectedErrors: [/the server responded with a status of 429/] });

  test('reader can see that nothing crossed, and try again', async ({ page }) => {
    await page.goto('/');
    await page.route('**/messages', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 429,
            json: { type: 'urn:on-the-wire:too-fast', detail: 'Wait.' },
          })
        : route.continue(),
    );
    await page.locator('.first button').click();
    await expect(page.locator('.first .bad')).toBeVisible();
    await expect(page.locator('.first li.open')).toHaveCount(4);
    await page.unroute('**/messages');
    await page.locator('.first button').click();
    await expect(page.locator('.first li:not(.open)')).toHaveCount(4);
  });
});

test('reader can change the language and stay on the same lesson', async ({ page }) => {
  await page.goto('/lessons/polling/');
  await page
    .locator('.header starlight-lang-select select')
    .selectOption('/zh-cn/lessons/polling/');
  await page.waitForURL('**/zh-cn/lessons/polling/');
  await expect(page.locator('h1')).toContainText('轮询');
});

for (const { query, base, title } of [
  { query: 'cursor', base: '/', title: 'Polling' },
  { query: '游标', base: '/zh-cn/', title: '轮询' },
])
  test(`reader can search for ${query}; nothing of the search is loaded before`, async ({
    page,
  }) => {
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.goto(base);
    await page.waitForLoadState('networkidle');
    expect(loaded.filter((url) => url.includes('pagefind'))).toEqual([]);
    await page.keyboard.press('Control+k');
    await page.locator('dialog input').fill(query);
    const results = page.locator('dialog ol a');
    await expect(results.filter({ hasText: title }).first()).toBeVisible();
    await expect(page.locator('dialog [role=status]')).toContainText(/\d/);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== base);
  });

test('reader can open the menu on a phone and go to the glossary', async ({ page }) => {
  await page.setViewportSize({ width: 380, height: 800 });
  await page.goto('/lessons/polling/');
  await page.locator('.sl-menu-button').click();
  await page.getByRole('link', { name: 'Glossary', exact: true }).first().click();
  await page.waitForURL('**/glossary/');
});

test('reader can follow a term to the glossary', async ({ page }) => {
  await page.goto('/zh-cn/lessons/polling/');
  await page.locator('a.term').first().click();
  await page.waitForURL('**/zh-cn/glossary/#polling');
  await expect(page.locator('#polling')).toBeVisible();
});

test('reader can find the way back, in the language of the address', async ({ page }) => {
  for (const [path, words] of [
    ['/nowhere/', 'Nothing lives here'],
    ['/404', 'Nothing lives here'],
    ['/lessons/', 'Nothing lives here'],
    ['/zh-cn/nowhere/', '这里什么也没有'],
    ['/r/not-a-room/', 'Nothing lives here'],
    ['/zh-cn/r/kitchen/?lesson=nope', '这里什么也没有'],
  ] as const) {
    const response = await page.goto(path);
    expect(response?.status()).toBe(404);
    await expect(page.locator('h1')).toHaveText(words);
  }
});

test('reader can paste the curl lines: they name this server, and they work', async ({ page }) => {
  await page.goto('/lessons/polling/');
  const lines = await page.locator('shell-lines code').allTextContents();
  const curls = lines.filter((line) => line.startsWith('curl'));
  expect(curls).toHaveLength(2);
  const { execSync } = await import('node:child_process');
  const [posted, read] = curls.map((line) => execSync(line, { encoding: 'utf8', stdio: 'pipe' }));
  expect(posted).toMatch(/^HTTP\/1.1 201 /);
  expect(read).toContain('the kettle is on');
});
