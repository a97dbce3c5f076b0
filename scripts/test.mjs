// npm test: every stage, one summary. npm run test:<stage>: that stage alone, with its arguments.
import { main, setUp, Stop, tool, toolAside } from './setup.mjs';

const vitest = (project) => (args) => [
  ['vitest/vitest.mjs', ['run', '--project', project, ...args]],
];

/** The tools of each stage, one after another, with their arguments. */
const stages = {
  format: () => [['prettier/bin/prettier.cjs', ['--check', '--log-level', 'warn', '.']]],
  lint: () => [['eslint/bin/eslint.js', ['--max-warnings', '0', '.']]],
  types: () => [
    [
      'astro/bin/astro.mjs',
      ['check', '--minimumFailingSeverity', 'warning'],
      { ASTRO_TELEMETRY_DISABLED: '1' },
    ],
    ['svelte-check/bin/svelte-check', ['--output', 'human', '--fail-on-warnings']],
  ],
  course: vitest('course'),
  unit: vitest('unit'),
  lessons: vitest('lessons'),
  browser: (args) => [['@playwright/test/cli.js', ['test', ...args]]],
};
/** Those that only read what is there, and time nothing: of all stages, they run at the same time. */
const readers = ['format', 'lint', 'types', 'course'];

/** Runs a stage. @param {boolean} aside its output is shown when it is over */
async function run(stage, args, aside) {
  const started = performance.now();
  const heading = `\n── ${stage} ${'─'.repeat(60 - stage.length)}\n`;
  if (!aside) process.stdout.write(heading);
  let passed = true;
  let output = '';
  for (const call of stages[stage](args)) {
    const ran = aside ? await toolAside(...call) : { code: tool(...call) };
    passed &&= ran.code === 0;
    output += ran.output ?? '';
  }
  if (aside) process.stdout.write(heading + output);
  return { stage, passed, seconds: Math.round((performance.now() - started) / 1000) };
}

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
  const wanted = [...(browser ? ['headless'] : []), ...(unit || browser ? ['django'] : [])];
  await setUp({ build: unit || browser, testTools, wanted });

  const [aside, alone] = name
    ? [[], chosen]
    : [readers, chosen.filter((one) => !readers.includes(one))];
  const results = await Promise.all(aside.map((stage) => run(stage, args, true)));
  for (const stage of alone) results.push(await run(stage, args, false));

  console.log('\n── summary ' + '─'.repeat(52));
  for (const { stage, passed, seconds } of results)
    console.log(
      `${passed ? 'passed' : 'FAILED'}  ${stage.padEnd(8)} ${String(seconds).padStart(4)} s`,
    );
  const failed = results.filter(({ passed }) => !passed).length;
  console.log(`\n${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
});
