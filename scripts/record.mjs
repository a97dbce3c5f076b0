// npm run record [slug …]: runs the lessons' demos in Chromium against this server, and keeps what
// crossed the wire as their recorded runs, content/lessons/<slug>/run.wire.json.
import { writeFile } from 'node:fs/promises';
import { main, setUp, Stop } from './setup.mjs';
import { findChromium } from './test-tools.mjs';

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  const { lessons } = await import('../content/lessons.ts');
  const all = lessons.map(({ slug }) => slug);
  const asked = process.argv.slice(2);
  const unknown = asked.find((slug) => !all.includes(slug));
  if (unknown !== undefined)
    throw new Stop(`There is no lesson "${unknown}": choose of ${all.join(', ')}.`);
  const [{ chromium }, { recordRun }, { startServer }, { readRun }] = await Promise.all([
    import('@playwright/test'),
    import('../tests/browser/recording.ts'),
    import('../tests/support/program.ts'),
    import('../src/run/run.ts'),
  ]);
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() });
  try {
    for (const slug of asked.length ? asked : all) {
      const page = await browser.newPage({ baseURL: server.url });
      const text = await recordRun(page, slug);
      await page.close();
      const read = readRun(text);
      if (!read.ok) throw new Error(`The run of ${slug} cannot be read: ${read.fault.why}.`);
      await writeFile(`content/lessons/${slug}/run.wire.json`, text);
      console.log(
        `${slug}: ${read.run.events.length} events, ${Math.round(text.length / 1000)} kB`,
      );
    }
  } finally {
    await browser.close();
    await server.end();
  }
});
