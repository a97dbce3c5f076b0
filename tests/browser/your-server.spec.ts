import { freePort } from '../support/free-port.ts';
import { startServer } from '../support/program.ts';
import { wrongPollingServer } from '../support/wrong-polling-server.ts';
import { expect, faults, languages, readerPanel, startDemo, test } from './reader.ts';

// While a server is away its readers and the page's question are answered 502.
test.use({ expectedErrors: [/status of (4\d\d|502)/] });

for (const { name, base } of languages)
  test(`reader can put a server of their own under the demo, in ${name}`, async ({ page }) => {
    test.setTimeout(150_000);
    const port = await freePort();
    await startDemo(page, `${base}lessons/polling/`);
    const yours = page.locator('.yours');
    const state = async (value: string) =>
      expect(yours).toHaveAttribute('data-yours', value, { timeout: 10_000 });
    await readerPanel(page, 'Alice').say('here');
    await expect(readerPanel(page, 'Bob').messages).toContainText(['here']);

    await yours.locator('summary').click();
    const field = yours.locator('input');
    await field.fill('https://example.org');
    await field.press('Enter');
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(yours.locator('.bad')).toContainText('http://localhost:9000');
    await expect(field).toBeFocused();

    await field.fill(`localhost:${port}`);
    await field.press('Enter');
    await state('away');
    await expect(yours.locator('button')).toBeFocused();
    await expect(readerPanel(page, 'Alice').messages).toHaveCount(0);
    expect(await faults(page, { within: '.demo-shell' })).toEqual([]);

    await using server = await startServer({ PORT: String(port) });
    await state('there');
    await readerPanel(page, 'Alice').say('there');
    await expect(readerPanel(page, 'Bob').messages).toContainText(['there']);
    await expect(page.locator('.wire .empty')).not.toBeEmpty(); // its inside is its own

    await page.locator('.claims').scrollIntoViewIfNeeded();
    await page.locator('.claims .go').click();
    const many = await page.locator('[data-claim]').count();
    await expect(page.locator('[data-proof=held]')).toHaveCount(many, { timeout: 60_000 });
    await expect(page.locator('.claims [data-yours]')).toContainText(`http://localhost:${port}`);
    await server.end();
    await yours.scrollIntoViewIfNeeded();
    await state('away');

    await page.reload();
    await page.locator('.demo').hover();
    await page.locator('.demo[data-ready=true]').waitFor();
    await state('away');
    await yours.locator('button').click();
    await state('');
    await expect(field).toHaveValue(`http://localhost:${port}`);
    await page.locator('.start .button').click();
    await readerPanel(page, 'Alice').say('here again');
    await expect(readerPanel(page, 'Bob').messages).toContainText(['here again']);
  });

test('reader who opens the form before the demo is alive finds it open', async ({ page }) => {
  await page.goto('/lessons/polling/');
  await page.locator('.yours summary').evaluate((summary: HTMLElement) => summary.click());
  await page.locator('.demo').hover();
  await page.locator('.demo[data-ready=true]').waitFor();
  await expect(page.locator('.yours input')).toBeVisible();
});

test('reader is told what a wrong server does, by the demo’s count and by a claim', async ({
  page,
}) => {
  await using wrong = await wrongPollingServer({ repeats: true });
  await startDemo(page, '/lessons/polling/');
  await page.locator('.yours summary').click();
  await page.locator('.yours input').fill(wrong.url);
  await page.locator('.yours input').press('Enter');
  await readerPanel(page, 'Alice').say('twice');
  await expect(page.locator('[data-meter=repeated]').first()).not.toHaveText('0');
  const claim = page.locator('[data-claim=cursor-resumes]');
  await page.locator('.claims').scrollIntoViewIfNeeded();
  await claim.getByRole('button').click();
  await expect(claim).toHaveAttribute('data-proof', 'failed', { timeout: 15_000 });
  await expect(claim.locator('dd').last()).toContainText('first: before, while away 1');
});
