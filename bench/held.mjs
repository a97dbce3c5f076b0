// npm run held: one message to 1,000 readers that a response is held for, polls and event streams;
// what a delivery costs the server, against bare node:http in the same round. A poll's delivery has
// its next question in it.
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, now, printTable, ratio, startChild } from './measure.mjs';
import { pinLoad, startNode, startOurs } from './servers.mjs';

const READERS = 1_000;
const ROUNDS = Number(process.env.ROUNDS || 5);
const PER_SECOND = 5;
const MESSAGES = 20;

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
    const say = async (many, wait) => {
      const delays = [];
      const before = server.cpu();
      for (let sent = 0; sent < many; sent += 1) {
        const due = now() + wait;
        delays.push(await load.ask('say'));
        await pause(Math.max(0, due - now()));
      }
      await pause(50); // for the questions that follow the last answer
      return { cpu: ((server.cpu() - before) * 1e6) / (many * READERS), ms: median(delays) };
    };
    await say(20, 0); // compiles what the rest uses
    const steady = await say(MESSAGES, 1000 / PER_SECOND);
    const saturated = await say(2 * MESSAGES, 0);
    await load.ask('close');
    await server.end();
    return { steady, saturated };
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
      const part = (how) => {
        const costs = runs[who].map((run) => run[how].cpu);
        const ratios = costs.map((cost, round) => cost / runs.bare[round][how].cpu);
        const delay = median(runs[who].map((run) => run[how].ms));
        return [figures(median(costs)), ratio(median(ratios), 1), figures(delay)];
      };
      rows.push([`${name}, ${who}`, ...part('steady'), '|', ...part('saturated')]);
    }
  }
  await load.end();
  const head = ['µs of CPU', '', 'ms to all'];
  printTable([['', ...head, '|', ...head], ...rows]);
  console.log(
    `\n${READERS.toLocaleString('en')} readers. Left, ${PER_SECOND} messages a second; right, one after another. µs of the server’s CPU a\n` +
      `delivery, and its ratio to bare node:http in the same round. Medians of ${ROUNDS}.`,
  );
});
