// npm run picture: the README's picture, from a real run of the polling demo.
import { main, setUp } from '../scripts/setup.mjs';

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  const { chromium } = await import('@playwright/test');
  const { findChromium } = await import('../scripts/test-tools.mjs');
  const { startServer } = await import('../tests/support/program.ts');
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() });
  const page = await browser.newPage({
    viewport: { width: 1440, height: 1000 },
    colorScheme: 'light',
  });
  await page.goto(`${server.url}/lessons/polling/`);
  await page.locator('.demo').scrollIntoViewIfNeeded();
  await page.locator('.start .button').click();
  await page.locator('[data-meter=questions]').last().filter({ hasText: /[1-9]/ }).waitFor();
  await page.locator('.actions .button').nth(1).click();
  const arrived = page.locator('[data-meter=delivered]').first();
  await arrived.filter({ hasText: /^8$|^9$|^10$/ }).waitFor();
  await page.addStyleTag({
    content: 'header.header, mobile-starlight-toc { display: none !important }',
  });
  await page.locator('.demo').screenshot({ path: 'public/demo.png' });
  await browser.close();
  await server.end();
});
