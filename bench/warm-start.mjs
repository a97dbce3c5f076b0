// npm run warm-start: from "npm start", with everything installed and built, to the first answer.
import { main, setUp } from '../scripts/setup.mjs';

const RUNS = 5;

await main(async () => {
  await setUp({ build: true });
  const { start } = await import('../tests/support/program.ts');
  const { freePort } = await import('../tests/support/free-port.ts');
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const began = performance.now();
    const program = start('npm', ['start'], { PORT: String(port) });
    while (!(await fetch(url).catch(() => undefined))?.ok);
    times.push(Math.round(performance.now() - began));
    await program.end();
  }
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`to the first answer: ${times.join(', ')} ms; median ${sorted[RUNS >> 1]} ms`);
});
