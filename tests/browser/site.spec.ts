import { lessons } from '../../content/lessons.ts';
import { expect, faults, languages, test } from './reader.ts';
import { settled } from '../support/settled.ts';

const paths = [
  '',
  ...lessons.map(({ slug }) => `lessons/${slug}/`),
  'side-by-side/',
  'which-one/',
  'more-than-one-machine/',
  'django/',
  'troubleshooting/',
  'contract/',
  'glossary/',
  'nowhere/',
  ...lessons.map(({ slug }) => `r/kitchen/?lesson=${slug}`),
];

// The dark page has other colours, and nothing else that is other; the Chinese one has the same.
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];
const looks = {
  English: [['light'], ['dark', { rules: OF_COLOURS }]],
  中文: [['light', { without: OF_COLOURS }]],
} as const;

// The page for what is not there says so in the console as well.
test.use({ expectedErrors: [/the server responded with a status of 404/] });

for (const { name, base } of languages)
  for (const path of paths)
    test(`reader can read ${base}${path} in ${name}, with no fault that axe finds`, async ({
      page,
    }) => {
      await page.goto(base + path);
      for (const [colorScheme, looked] of looks[name]) {
        await page.emulateMedia({ colorScheme });
        await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
        // Code has the same colours on every page, and this one shows each language of it.
        const code = base + path === '/django/';
        const found = await faults(page, { ...looked, code });
        expect([colorScheme, found]).toEqual([colorScheme, []]);
      }
    });

for (const { base } of languages)
  test(`reader can read everything under ${base} at 380, 768 and 1440 px without scrolling sideways`, async ({
    page,
  }) => {
    for (const path of paths) {
      await page.goto(base + path);
      for (const width of [380, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect([path, width, over]).toEqual([path, width, 0]);
      }
    }
  });

test('reader can send one message from the home page, and see it take four ways', async ({
  page,
}) => {
  await page.goto('/');
  const side = page.locator('.side[data-ready=true]');
  for (const text of ['hello <i>', 'and again']) {
    await side.locator('form input').fill(text);
    await side.locator('form .go').click();
    await expect(side).toHaveAttribute('data-arrived', '4', { timeout: 15_000 });
    await expect(side.locator('[role=status]')).toContainText(`“${text}”`);
    for (const delay of await side.locator('.delays b').allTextContents())
      expect(delay).toMatch(/\d\s(ms|s)/);
  }
});

for (const { name, base } of languages)
  test(`reader can compare four transports side by side, in ${name}`, async ({ page }) => {
    await page.goto(`${base}side-by-side/`);
    await page.locator('.side').hover(); // it comes alive when somebody reaches for it
    const side = page.locator('.side[data-ready=true]');
    await side.locator('form .go').click();
    await expect(side).toHaveAttribute('data-arrived', '4', { timeout: 15_000 });
    const row = (transport: string) => side.locator(`[data-row=${transport}] td`);
    const requests = async (transport: string) => Number(await row(transport).nth(3).textContent());
    await expect(row('server-sent-events').nth(3)).toHaveText('1');
    await expect(row('websocket').nth(3)).toHaveText('1');
    const [polled, held] = [await requests('polling'), await requests('long-polling')];
    await side.locator('.knob input').nth(0).fill('0'); // polls four times a second
    await expect.poll(() => requests('polling')).toBeGreaterThan(polled + 4);
    await side.locator('.knob input').nth(2).fill('8'); // ten messages a second
    await expect.poll(() => requests('long-polling')).toBeGreaterThan(held + 10);
    await side.locator('.knob input').nth(2).fill('0');
    for (const transport of ['polling', 'long-polling', 'server-sent-events', 'websocket']) {
      await expect
        .poll(async () => Number(await row(transport).nth(0).textContent()))
        .toBeGreaterThan(10);
      await expect(row(transport).nth(5)).toHaveText('0');
      await expect(row(transport).nth(6)).toHaveText('0');
    }
    await side.locator('[data-stop]').click();
    await expect(row('websocket').nth(4)).toHaveText('0');
    expect(await faults(page)).toEqual([]);
  });

test.describe('where posts are refused', () => {
  test.use({ expectedErrors: [/the server responded with a status of 429/] });

  test('reader can see that nothing was sent, and try again', async ({ page }) => {
    await page.goto('/');
    await page.route('**/live/polling/**', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 429,
            json: { type: 'urn:on-the-wire:too-fast', detail: 'Wait.' },
          })
        : route.continue(),
    );
    const side = page.locator('.side[data-ready=true]');
    await side.locator('form .go').click();
    await expect(side.getByRole('alert')).toBeVisible();
    await page.unroute('**/live/polling/**');
    await side.locator('form .go').click();
    await expect(side).toHaveAttribute('data-arrived', '4', { timeout: 15_000 });
  });
});

test('reader can send although one of the four cannot connect', async ({ page }) => {
  await page.routeWebSocket('**/live/channel-layer/**', (socket) => socket.close());
  await page.goto('/');
  const side = page.locator('.side[data-ready=true]');
  await side.locator('form .go').click();
  await expect(side).toHaveAttribute('data-arrived', '3', { timeout: 20_000 });
});

for (const { name, base } of languages)
  test(`reader can follow every link of the site in ${name}`, async ({ page }) => {
    const anchors = new Map<string, Set<string>>();
    const links = new Map<string, string>();
    for (const path of paths.filter((one) => !one.startsWith('r/') && one !== 'nowhere/')) {
      await page.goto(base + path);
      const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
      anchors.set(base + path, new Set(ids));
      const hrefs = await page
        .locator('a[href^="/"], a[href^="#"]')
        .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
      for (const href of hrefs) links.set(href, base + path);
    }
    const lost: string[] = [];
    for (const [href, from] of links) {
      const { pathname, hash } = new URL(href);
      if (!pathname.startsWith(base) || pathname.startsWith('/r/')) continue;
      const ids = anchors.get(decodeURI(pathname));
      if (!ids && (await page.request.get(href)).status() === 200) continue;
      if (!ids || (hash && !ids.has(decodeURIComponent(hash.slice(1)))))
        lost.push(`${from} → ${pathname}${decodeURIComponent(hash)}`);
    }
    expect(lost).toEqual([]);
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
  { query: 'desync', base: '/', title: 'Polling' },
  { query: '不同步', base: '/zh-cn/', title: '轮询' },
])
  test(`reader can search for ${query}; nothing of the search is loaded before`, async ({
    page,
  }) => {
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.goto(base);
    await settled(page);
    expect(loaded.filter((url) => url.includes('pagefind'))).toEqual([]);
    await page.keyboard.press('Control+k');
    await page.locator('dialog input').fill(query);
    const results = page.locator('dialog ol a');
    await expect(results.filter({ hasText: title }).first()).toBeVisible();
    await expect(page.locator('dialog [role=status]')).toContainText(/\d/);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname !== base);
  });

test('reader of a Chinese lesson finds Chinese words at the code that is copied', async ({
  page,
}) => {
  await page.goto('/zh-cn/lessons/polling/');
  const titles = await page
    .locator('.source .copy button')
    .evaluateAll((all) =>
      all.flatMap((button) =>
        ['title', 'data-copied'].map((name) => button.getAttribute(name) ?? ''),
      ),
    );
  expect(titles.length).toBeGreaterThan(4);
  expect(titles.filter((title) => !/\p{Script=Han}/u.test(title))).toEqual([]);
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
