// npm run held: one message to 1,000 readers that a response is held for, polls and event streams;
// what a delivery costs the server, against bare node:http in the same round; and what it costs that
// a poll is asked again.
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, printTable, ratio, startChild, sum } from './measure.mjs';
import { pinLoad, startNode, startOurs } from './servers.mjs';

const READERS = 1_000;
const ROUNDS = Number(process.env.ROUNDS || 5);
const MESSAGES = 40;
/** That compile what the rest uses. */
const WARM = 20;
const SETTLE = 50;

const bare = { start: () => startNode('bare-http.mjs'), say: '/messages' };
const POLLS = {
  bare: { ...bare, kind: 'poll', path: '/poll?wait=25' },
  this: {
    start: startOurs,
    kind: 'poll',
    makers: '/live/long-polling/rooms/bench/readers',
    path: '/live/long-polling/rooms/bench/readers/READER/messages?wait=25',
    say: '/live/long-polling/rooms/bench/messages',
  },
};
const STREAMS = {
  bare: { ...bare, kind: 'stream', path: '/stream' },
  this: {
    start: startOurs,
    kind: 'stream',
    path: '/live/server-sent-events/rooms/bench/messages',
    say: '/live/server-sent-events/rooms/bench/messages',
  },
};

await main(async () => {
  await setUp();
  const load = startChild('held-process.mjs');
  pinLoad(load.pid);

  async function measure({ start, ...kind }) {
    const server = await start();
    await load.ask('open', { ...kind, port: server.port, many: READERS });
    const cost = async (task) => {
      const before = server.cpu();
      const ms = await load.ask(task);
      await pause(kind.kind === 'poll' ? SETTLE : 0); // what follows the last answer, or question
      return { cpu: ((server.cpu() - before) * 1e6) / READERS, ms };
    };
    const delivered = [];
    const asked = [];
    for (let sent = 0; sent < WARM + MESSAGES; sent += 1) {
      delivered.push(await cost('say'));
      if (kind.kind === 'poll') asked.push(await cost('again'));
    }
    for (const costs of [delivered, asked]) costs.splice(0, WARM);
    await load.ask('close');
    await server.end();
    const mean = (costs) => sum(costs.map(({ cpu }) => cpu)) / costs.length;
    return {
      delivered: mean(delivered),
      asked: mean(asked),
      both: mean(delivered) + mean(asked),
      ms: median(delivered.map(({ ms }) => ms)),
    };
  }

  const rows = [];
  for (const [name, servers] of Object.entries({ 'held poll': POLLS, 'event stream': STREAMS })) {
    const runs = { bare: [], this: [] };
    for (let round = 0; round < ROUNDS; round += 1)
      for (const who of ['bare', 'this']) {
        process.stderr.write(`${name}, round ${round + 1} of ${ROUNDS}: ${who}     \r`);
        runs[who].push(await measure(servers[who]));
      }
    for (const who of ['bare', 'this']) {
      const part = (figure) => {
        const costs = runs[who].map((run) => run[figure]);
        const ratios = costs.map((cost, round) => cost / runs.bare[round][figure]);
        return name === 'held poll' || figure === 'delivered'
          ? [figures(median(costs)), ratio(median(ratios), 1)]
          : ['', ''];
      };
      const ms = figures(median(runs[who].map((run) => run.ms)));
      const all = ['delivered', 'asked', 'both'].flatMap(part);
      rows.push([`${name}, ${who}`, ...all, ms]);
    }
  }
  await load.end();
  printTable([['', 'a delivery', '', 'a question', '', 'both', '', 'ms to all'], ...rows]);
  console.log(
    `\n${READERS.toLocaleString('en')} readers, one message after another. µs of the server’s CPU, from the operating system, and\n` +
      `its ratio to bare node:http in the same round. Medians of ${ROUNDS}.`,
  );
});
