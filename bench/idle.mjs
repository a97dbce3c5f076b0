// npm run idle: what an open connection costs the server, in KiB of its resident memory, at 5,000 and
// at 15,000 of each kind; then one message to all of them. A server of its own for each.
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, printTable, startChild } from './measure.mjs';
import { startOurs } from './servers.mjs';

const MANY = (process.env.READERS || '5000,15000').split(',').map(Number);
const RUNS = Number(process.env.ROUNDS || 3);
const WARM = 300;

export const KINDS = {
  'held poll': {
    kind: 'poll',
    makers: '/live/long-polling/rooms/bench/readers',
    path: '/live/long-polling/rooms/bench/readers/READER/messages?wait=25',
    say: '/live/long-polling/rooms/bench/messages',
  },
  'event stream': {
    kind: 'stream',
    path: '/live/server-sent-events/rooms/bench/messages',
    say: '/live/server-sent-events/rooms/bench/messages',
  },
  WebSocket: { kind: 'websocket', path: '/live/websocket/room/bench/' },
  'connection list': { kind: 'websocket', path: '/live/connection-list/bench/room/bench/' },
  'channel layer': {
    kind: 'websocket',
    path: '/live/channel-layer/room/bench/',
    say: '/live/polling/rooms/bench/messages',
  },
};

await main(async () => {
  await setUp();
  const chosen = process.argv.slice(2);
  const names = Object.keys(KINDS).filter((name) => !chosen.length || chosen.includes(name));
  if (!names.length) throw new Error(`Choose of ${Object.keys(KINDS).join(', ')}.`);
  const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
  const rows = [];
  for (const name of names)
    for (const many of MANY.filter((many) => many < limit - 100)) {
      const runs = [];
      for (let run = 0; run < RUNS; run += 1) {
        process.stderr.write(`${name}, ${many}, ${run + 1} of ${RUNS}          \r`);
        runs.push(await measure(KINDS[name], many));
      }
      const costs = runs.map(({ cost }) => cost);
      const reached = KINDS[name].say ? figures(median(runs.map(({ ms }) => ms))) : '';
      const range = [costs.toSorted((a, b) => a - b)[0], Math.max(...costs)].map(figures);
      rows.push([name, many, figures(median(costs)), range.join('–'), reached]);
    }
  printTable([['', 'open', 'KiB each', 'range', 'ms to all'], ...rows]);
});

async function measure(kind, many) {
  const server = await startOurs();
  const load = startChild('held-process.mjs');
  // The first connections load and compile what all later ones use.
  await load.ask('open', { ...kind, port: server.port, many: WARM });
  if (kind.say) await load.ask('say');
  await load.ask('close');
  await pause(500);
  const before = server.resident();
  await load.ask('open', { ...kind, port: server.port, many });
  await pause(1_000); // for what is done after the last is open
  const cost = (server.resident() - before) / many;
  const ms = kind.say ? await load.ask('say') : NaN;
  await load.end();
  await server.end();
  return { cost, ms };
}
