// npm run cost: what 1 to 2,000 readers of each transport cost the server: KiB of its resident memory
// a reader, µs of its CPU a delivered message, requests a second while nothing is said. A server of
// its own for each. Writes content/pages/side-by-side/cost.json, which the page draws.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, printTable, startChild } from './measure.mjs';
import { pinLoad, startOurs } from './servers.mjs';

const MANY = (process.env.READERS || '1,10,100,500,1000,2000').split(',').map(Number);
const TRANSPORTS = ['polling', 'long-polling', 'server-sent-events', 'websocket'];
/** ms from one question of a poll to the next; s for which a long poll is held. */
const INTERVAL = 2_000;
const WAIT = 20;
/** ms for which nothing is said: so often a poll asks. */
const IDLE = INTERVAL;
const MESSAGES = 5;
/** ms from one message to the next. */
const EVERY = 300;
/** Readers that come and go first: they load and compile what all later ones use. */
const WARM = 300;
/** Fewer readers find room in what those of before have left. */
const LEAST_FOR_MEMORY = 1_000;

await main(async () => {
  await setUp();
  const rows = [];
  for (const transport of TRANSPORTS)
    for (const readers of MANY) {
      process.stderr.write(`${transport}, ${readers}          \r`);
      rows.push({ transport, readers, ...(await measure(transport, readers)) });
    }
  const file = new URL('../content/pages/side-by-side/cost.json', import.meta.url);
  const measured = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
    node: process.versions.node,
    interval: INTERVAL,
    messages: MESSAGES,
    rows,
  };
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
  printTable([
    ['', 'readers', 'KiB each', 'µs a delivery', 'requests/s idle'],
    ...rows.map(({ transport, readers, memory, cpu, idle }) => [
      transport,
      readers,
      memory === null ? '' : figures(memory),
      figures(cpu),
      figures(idle),
    ]),
  ]);
});

/** A server of its own for each: what it had held before, it could give back meanwhile. */
async function measure(transport, readers) {
  const server = await startOurs({}, ['--expose-gc']);
  const load = startChild('cost-process.mjs');
  pinLoad(load.pid);
  const open = (many) =>
    load.ask('open', { transport, port: server.port, interval: INTERVAL, wait: WAIT, many });
  const held = async () => {
    await pause(400); // for what is done after the last has come or gone
    await server.collect();
    return server.resident();
  };
  await open(WARM);
  await load.ask('say', { messages: MESSAGES, every: 0 });
  await load.ask('close');
  const before = await held();
  await open(readers);
  const memory = ((await held()) - before) / readers;
  const asked = await load.ask('asked');
  await pause(IDLE);
  const idle = ((await load.ask('asked')) - asked) / (IDLE / 1000);
  const used = server.cpu();
  await load.ask('say', { messages: MESSAGES, every: EVERY });
  const cpu = ((server.cpu() - used) * 1e6) / (MESSAGES * readers);
  await load.end();
  await server.end();
  return {
    memory: readers < LEAST_FOR_MEMORY ? null : rounded(memory),
    cpu: rounded(cpu),
    idle: rounded(idle),
  };
}

function rounded(value) {
  return Number(value.toPrecision(3));
}
