// npm run record [name …]: runs the lessons' demos in Chromium against this server, and keeps what
// crossed the wire as their recorded runs, content/lessons/<slug>/run.wire.json; and one room in Node
// and Django, one-room, where Python with Channels is.
import { writeFile } from 'node:fs/promises';
import { main, setUp, Stop } from './setup.mjs';
import { findChromium, findDjango } from './test-tools.mjs';

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  const { lessons } = await import('../content/lessons.ts');
  const slugs = lessons.map(({ slug }) => slug);
  const all = [...slugs, ...(findDjango() ? ['one-room'] : [])];
  const asked = process.argv.slice(2);
  const unknown = asked.find((slug) => !all.includes(slug));
  if (unknown !== undefined)
    throw new Stop(
      `There is nothing to record by the name "${unknown}": choose of ${all.join(', ')}.`,
    );
  const [{ chromium }, { recordOneRoom, recordRun }, { startServer }, { readRun }] =
    await Promise.all([
      import('@playwright/test'),
      import('../tests/browser/recording.ts'),
      import('../tests/support/program.ts'),
      import('../src/run/run.ts'),
    ]);
  const server = await startServer();
  const browser = await chromium.launch({ executablePath: findChromium() });
  try {
    for (const name of asked.length ? asked : all) {
      const page = await browser.newPage({ baseURL: server.url });
      const isOneRoom = name === 'one-room';
      const text = await (isOneRoom ? recordOneRoom(page) : recordRun(page, name));
      await page.close();
      const read = readRun(text);
      if (!read.ok) throw new Error(`The run of ${name} cannot be read: ${read.fault.why}.`);
      await writeFile(
        `content/lessons/${isOneRoom ? 'channel-layer/one-room' : `${name}/run`}.wire.json`,
        text,
      );
      console.log(
        `${name}: ${read.run.events.length} events, ${Math.round(text.length / 1000)} kB`,
      );
    }
  } finally {
    await browser.close();
    await server.end();
  }
});
