// npm run faults: the faults in their long form. npm run faults -- fuzz: those of some files alone.
import { existsSync } from 'node:fs';
import { main, setUp, Stop, tool } from './setup.mjs';

await main(async () => {
  const names = process.argv.slice(2);
  await setUp({ build: true, testTools: ['proxy', 'redis', 'browser'] });
  const unknown = names.find((name) => !existsSync(`tests/faults/${name}.test.ts`));
  if (unknown !== undefined)
    throw new Stop(
      `There is no tests/faults/${unknown}.test.ts: name some of those files, such as fuzz, or none.`,
    );

  const env = { FAULTS: 'long' };
  const files = names.length
    ? names.map((name) => `tests/faults/${name}.test.ts`)
    : ['tests/faults/'];
  // One file after another: two cores are enough, and no fault is taken for another's load.
  const vitest = ['run', '--project', 'unit', '--reporter', 'verbose', '--maxWorkers', '1'];
  const failed = [tool('vitest/vitest.mjs', [...vitest, ...files], env)];
  if (!names.length)
    failed.push(tool('@playwright/test/cli.js', ['test', 'tests/browser/faults.spec.ts'], env));
  process.exitCode = failed.some((code) => code !== 0) ? 1 : 0;
});
