// npm run weigh: what a lesson page weighs, gzip, before its demo is started; its prose left out.
// The budgets stand in package.json. Exit code 1 where one is exceeded.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { main, setUp } from '../scripts/setup.mjs';

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

async function weigh(response) {
  const bytes = gzipSync(await response.body()).length;
  return { kind: response.request().resourceType(), bytes, url: response.url() };
}

/** The text of the lesson, without that of its widgets. */
function proseOf(content) {
  const copy = content.cloneNode(true);
  for (const widget of copy.querySelectorAll('.widget, script, style')) widget.remove();
  return copy.innerHTML;
}

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  const { chromium } = await import('@playwright/test');
  const { findChromium } = await import('../scripts/test-tools.mjs');
  const { startServer } = await import('../tests/support/program.ts');
  const { lessons } = await import('../content/lessons.ts');
  const { budgets } = JSON.parse(readFileSync('package.json', 'utf8'));
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() });
  let over = false;
  for (const { slug } of lessons)
    for (const base of ['/', '/zh-cn/']) {
      const page = await browser.newPage();
      const parts = [];
      page.on('response', (response) => parts.push(weigh(response)));
      await page.goto(`${server.url}${base}lessons/${slug}/`);
      // Down to the demo and no further: what lies below is loaded when it comes in sight.
      await page.locator('.demo').scrollIntoViewIfNeeded();
      await page.waitForLoadState('networkidle');
      const weighed = await Promise.all(parts);
      const prose = gzipSync(await page.locator('.sl-markdown-content').evaluate(proseOf)).length;
      const sum = (kind) =>
        weighed
          .filter((part) => !kind || part.kind === kind)
          .reduce((all, { bytes }) => all + bytes, 0);
      const rows = { all: sum() - prose, script: sum('script') };
      for (const [name, bytes] of Object.entries(rows)) {
        const budget = budgets[`lesson ${name}`];
        over ||= bytes > budget;
        console.log(
          `${base}lessons/${slug}/  ${name.padEnd(6)} ${kilobytes(bytes)} of ${kilobytes(budget)}`,
        );
      }
      if (process.argv.includes('--list'))
        for (const { kind, bytes, url } of weighed.sort((a, b) => b.bytes - a.bytes))
          console.log(`    ${kilobytes(bytes)}  ${kind.padEnd(10)} ${new URL(url).pathname}`);
      await page.close();
    }
  await browser.close();
  await server.end();
  if (over) process.exitCode = 1;
});
