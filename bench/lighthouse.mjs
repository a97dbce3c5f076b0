// npm run lighthouse: Lighthouse, mobile, every lesson and the home page in both languages, the
// median of three. Exit code 1 where performance is under 98 or anything else under 100. Name some
// pages to run only those: npm run lighthouse -- /zh-cn/lessons/polling/
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main, setUp } from '../scripts/setup.mjs';

const RUNS = 3;
const wanted = { performance: 98, accessibility: 100, 'best-practices': 100, seo: 100 };
const folder = fileURLToPath(new URL('./lighthouse/', import.meta.url));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

await main(async () => {
  await setUp({ build: true, testTools: ['browser'] });
  if (!existsSync(`${folder}node_modules/lighthouse`)) {
    console.log('Installing Lighthouse …');
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  }
  const { findChromium } = await import('../scripts/test-tools.mjs');
  const { startServer } = await import('../tests/support/program.ts');
  const { lessons } = await import('../content/lessons.ts');
  const server = await startServer();
  const all = ['/', ...lessons.map(({ slug }) => `/lessons/${slug}/`)];
  const named = process.argv.slice(2).filter((argument) => argument.startsWith('/'));
  const paths = named.length ? named : all.flatMap((path) => [path, `/zh-cn${path}`]);
  let under = false;
  for (const path of paths) {
    const runs = Array.from({ length: RUNS }, () => measure(server.url + path, findChromium()));
    const row = Object.entries(wanted).map(([name, least]) => {
      const score = median(runs.map((run) => Math.round(run.categories[name].score * 100)));
      under ||= score < least;
      return `${name} ${score}${score < least ? ` (under ${least})` : ''}`;
    });
    console.log(`${path.padEnd(28)} ${row.join('  ')}`);
    if (process.argv.includes('--why'))
      for (const { id, score, title } of Object.values(runs[0].audits))
        if (score !== null && score < 0.9) console.log(`    ${score} ${id}: ${title}`);
  }
  await server.end();
  if (under) process.exitCode = 1;
});

function measure(url, chromium) {
  const flags = '--chrome-flags=--headless=new --no-sandbox --disable-background-networking';
  const args = [url, '--output=json', '--quiet', flags];
  const json = execFileSync(
    process.execPath,
    [`${folder}node_modules/lighthouse/cli/index.js`, ...args],
    {
      env: { ...process.env, CHROME_PATH: chromium },
      maxBuffer: 64 * 2 ** 20,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  return JSON.parse(json);
}
