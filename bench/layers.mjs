// npm run layers: what a message to a group costs on each channel layer, from one process to another,
// and how many come through. The layers take turns; each figure is the median of the rounds.
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, printTable, ratio, startChild, sum } from './measure.mjs';

const ROUNDS = 5;
const MS = 700;
const LAYERS = ['memory', 'pubsub', 'core'];
const LOADS = {
  'A send every 5 ms': { ms: MS, inFlight: 1, rest: 5 },
  'One send after another': { ms: MS, inFlight: 1 },
  '50 sends in flight': { ms: MS, inFlight: 50 },
};

/** One process sends, another receives; in memory both are the same. */
async function open(layer, url) {
  const start = () => startChild('layer-process.mjs', { args: [layer, url] });
  const sender = start();
  const receiver = layer === 'memory' ? sender : start();
  await receiver.ask('join');
  const end = () => Promise.all([...new Set([sender, receiver])].map((child) => child.end()));
  return { sender, receiver, end };
}

async function measure({ sender, receiver }, load) {
  const sending = await sender.ask('send', load);
  // What is on its way comes, or nothing comes any more.
  for (let before = -1, now = 0; before !== now; await pause(100))
    [before, now] = [now, await receiver.ask('arrived')];
  return { ...sending, ...(await receiver.ask('delays')) };
}

await main(async () => {
  await setUp({ testTools: ['redis'] });
  const { startRedisServer } = await import('../server/processes/redis-server.ts');
  const redis = await startRedisServer();
  const pairs = {};
  for (const layer of LAYERS) pairs[layer] = await open(layer, redis.url);
  const runs = [];
  // The first round loads and compiles what all later ones use.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const layer of LAYERS)
      for (const [name, load] of Object.entries(LOADS)) {
        const run = { layer, name, ...(await measure(pairs[layer], load)) };
        if (round > 0) runs.push(run);
      }
  for (const pair of Object.values(pairs)) await pair.end();
  await redis.stop();

  for (const name of Object.keys(LOADS)) {
    const all = (layer, figure) =>
      runs.filter((run) => run.layer === layer && run.name === name).map((run) => run[figure]);
    const rows = LAYERS.map((layer) => [
      layer,
      ...['perSecond', 'p50', 'p99'].flatMap((figure) => {
        const value = median(all(layer, figure));
        return [figures(value), ratio(value, median(all('pubsub', figure)))];
      }),
      ...['arrived', 'sent'].map((figure) => sum(all(layer, figure)).toLocaleString('en')),
    ]);
    printTable([[name, 'sends/s', '', 'p50 ms', '', 'p99 ms', '', 'arrived', 'of'], ...rows]);
    console.log();
  }
  console.log(
    `A message is about 200 bytes, the group has one member. Median of ${ROUNDS} rounds of ${MS} ms; × is to\n` +
      'pubsub. The delay is from before groupSend until receive has it, by the machine’s monotonic\n' +
      'clock: from one process to another; for memory, which cannot do that, within one. What did not\n' +
      'arrive came to a channel, or in Redis a queue, that was full.',
  );
});
