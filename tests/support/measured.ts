// Before a program, by node --expose-gc --import: on SIGUSR2 it says what memory it needs.
import { setTimeout as pause } from 'node:timers/promises';

process.on('SIGUSR2', () => void tell());

async function tell(): Promise<void> {
  // What ends asynchronously is free only for a later one. The last resort also gives back to the
  // system what V8 keeps for later, which differs from one moment to the next.
  for (let time = 0; time < 4; time += 1) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await pause(250);
  }
  const { rss, heapUsed } = process.memoryUsage();
  console.log(`memory ${JSON.stringify({ rss, heapUsed })}`);
}
