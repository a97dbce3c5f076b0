// npm run layers: what a message to a group costs on each channel layer, from one process to another,
// and how many come through: between two of Node, two of Python with channels_redis, and one of each.
// All take turns; each figure is the median of the rounds.
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';
import {
  figures,
  median,
  printTable,
  ratio,
  startChild,
  startPythonChild,
  sum,
} from './measure.mjs';

const ROUNDS = 5;
const MS = 700;
const LOADS = {
  'A send every 5 ms': { ms: MS, inFlight: 1, rest: 5 },
  'One send after another': { ms: MS, inFlight: 1 },
  '50 sends in flight': { ms: MS, inFlight: 50 },
};

/** Who sends and who receives, for each layer over Redis. */
const OF_NODE = { '': ['node', 'node'] };
const OF_BOTH = {
  ...OF_NODE,
  ', Python': ['python', 'python'],
  ', Node to Python': ['node', 'python'],
  ', Python to Node': ['python', 'node'],
};

/** Each pair by its name, begun: one process sends, another receives; in memory both are the same. */
async function openAll(url, python) {
  const start = {
    node: (args) => startChild('layer-process.mjs', { args }),
    python: (args) => startPythonChild(python, 'layer_process.py', { args }),
  };
  const both = start.node(['memory', url, 'bench']);
  const pairs = { memory: { sender: both, receiver: both } };
  for (const [kind, [from, to]] of Object.entries(python ? OF_BOTH : OF_NODE))
    for (const layer of ['pubsub', 'core']) {
      const args = [layer, url, `bench-${from}-${to}`]; // the group: each pair has its own
      pairs[layer + kind] = { sender: start[from](args), receiver: start[to](args) };
    }
  for (const { receiver } of Object.values(pairs)) await receiver.ask('join');
  return pairs;
}

const end = ({ sender, receiver }) =>
  Promise.all([...new Set([sender, receiver])].map((child) => child.end()));

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
  const { findPython, wantTestTools } = await import('../scripts/test-tools.mjs');
  wantTestTools(['python']);
  const python = findPython();
  const redis = await startRedisServer();
  const pairs = await openAll(redis.url, python);
  const names = Object.keys(pairs);
  const runs = [];
  // The first round loads and compiles what all later ones use.
  for (let round = 0; round <= ROUNDS; round += 1)
    for (const layer of names)
      for (const [name, load] of Object.entries(LOADS)) {
        const run = { layer, name, ...(await measure(pairs[layer], load)) };
        if (round > 0) runs.push(run);
      }
  for (const pair of Object.values(pairs)) await end(pair);
  await redis.stop();

  for (const name of Object.keys(LOADS)) {
    const all = (layer, figure) =>
      runs.filter((run) => run.layer === layer && run.name === name).map((run) => run[figure]);
    const rows = names.map((layer) => [
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
  if (!python) console.log('\nThere are no rows for Python: it lacks channels_redis.');
});
