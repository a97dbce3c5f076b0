// npm test: every stage, one summary. npm run test:<stage>: that stage alone, with its arguments.
import { main, setUp, Stop, tool } from './setup.mjs';

const vitest = (project) => (args) =>
  tool('vitest/vitest.mjs', ['run', '--project', project, ...args]);

const stages = {
  format: () => tool('prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']),
  lint: () => tool('eslint/bin/eslint.js', ['--max-warnings', '0', '.']),
  types: () =>
    tool('astro/bin/astro.mjs', ['check', '--minimumFailingSeverity', 'warning'], {
      ASTRO_TELEMETRY_DISABLED: '1',
    }) || tool('svelte-check/bin/svelte-check', ['--output', 'human', '--fail-on-warnings']),
  course: vitest('course'),
  unit: vitest('unit'),
  lessons: vitest('lessons'),
  browser: (args) => tool('@playwright/test/cli.js', ['test', ...args]),
};

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name && !Object.hasOwn(stages, name))
    throw new Stop(
      `There is no stage "${name}"; the stages are ${Object.keys(stages).join(', ')}.`,
    );
  const chosen = name ? [name] : Object.keys(stages);
  const [unit, lessons, browser] = ['unit', 'lessons', 'browser'].map((stage) =>
    chosen.includes(stage),
  );
  // The unit tests start the built program as well, and put nginx before it.
  const testTools = [
    ...(unit ? ['proxy', 'python'] : []),
    ...(unit || lessons || browser ? ['redis'] : []),
    ...(browser ? ['browser'] : []),
  ];
  await setUp({ build: unit || browser, testTools });
  if (unit || browser) (await import('./test-tools.mjs')).wantTestTools(['django']);

  const results = chosen.map((stage) => {
    console.log(`\n── ${stage} ${'─'.repeat(60 - stage.length)}`);
    const started = performance.now();
    const passed = stages[stage](args) === 0;
    return { stage, passed, seconds: Math.round((performance.now() - started) / 1000) };
  });

  console.log('\n── summary ' + '─'.repeat(52));
  for (const { stage, passed, seconds } of results)
    console.log(
      `${passed ? 'passed' : 'FAILED'}  ${stage.padEnd(8)} ${String(seconds).padStart(4)} s`,
    );
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
});
