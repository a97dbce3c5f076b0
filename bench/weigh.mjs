// npm run weigh: what a lesson page weighs, gzip, before its demo is started; its prose left out.
// The budgets stand in package.json. Exit code 1 where one is exceeded.
import { readFileSync } from 'node:fs';
import { main, setUp } from '../scripts/setup.mjs';

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(6)} kB`;

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  const { chromium } = await import('@playwright/test');
  const { findChromium } = await import('../scripts/test-tools.mjs');
  const { startServer } = await import('../tests/support/program.ts');
  const { weighLesson } = await import('../tests/support/weight.ts');
  const { lessons } = await import('../content/lessons.ts');
  const { budgets } = JSON.parse(readFileSync('package.json', 'utf8'));
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() });
  let over = false;
  for (const { slug } of lessons)
    for (const base of ['/', '/zh-cn/']) {
      const page = await browser.newPage();
      const path = `${base}lessons/${slug}/`;
      const { sums, parts } = await weighLesson(page, server.url + path);
      for (const [name, bytes] of Object.entries(sums)) {
        over ||= bytes > budgets[name];
        const what = name.replace('lesson ', '').padEnd(6);
        console.log(`${path}  ${what} ${kilobytes(bytes)} of ${kilobytes(budgets[name])}`);
      }
      if (process.argv.includes('--list'))
        for (const { kind, bytes, url } of parts.sort((a, b) => b.bytes - a.bytes))
          console.log(`    ${kilobytes(bytes)}  ${kind.padEnd(10)} ${new URL(url).pathname}`);
      await page.close();
    }
  await browser.close();
  await server.end();
  if (over) process.exitCode = 1;
});
