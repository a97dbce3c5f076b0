// npm run processes: a room with 2,000 WebSocket readers, served by one process, by two and by three
// that share a Redis; what it costs, and how long a message takes until the last reader has it.
import { availableParallelism } from 'node:os';
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, now, printTable, quantile, ratio, startChild, sum } from './measure.mjs';
import { heard, saturate, steady } from './room-load.mjs';

const READERS = 2_000;
const READER_PROCESSES = 2;
const ROOM = 'bench';
const ROUNDS = 5;
const STEADY = { perSecond: 10, messages: 20 };
const SATURATED = { inFlight: 4, ms: 1_200 };
const SERVERS = { 'in memory': 1, '1 process': 1, '2 processes': 2, '3 processes': 3 };
const SETTINGS = {
  PORT: '0',
  HOST: '',
  CHANNEL_LAYER: '',
  LOG_LEVEL: 'error',
  MAX_CONNECTIONS_PER_ADDRESS: '100000',
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  ROOM_MESSAGES: '10000',
  ROOM_BYTES: String(2 ** 24),
};

const HEAD =
  ',p50 ms,p99 ms,|,p50 ms,p99 ms,deliveries/s,,CPU s/million,of readers,with a core each'.split(
    ',',
  );

await main(async () => {
  await setUp({ testTools: ['redis'] });
  const { startRedisServer } = await import('../server/processes/redis-server.ts');
  const redis = await startRedisServer();
  const start = (file, env) => startChild(file, { env, hear: heard });
  const readers = Array.from({ length: READER_PROCESSES }, () => start('reader-process.mjs'));
  const servers = {};
  for (const [name, many] of Object.entries(SERVERS)) {
    const url = name === 'in memory' ? '' : redis.url;
    const env = { ...SETTINGS, REDIS_URL: url, REDIS_PREFIX: `bench${many}` };
    servers[name] = Array.from({ length: many }, () => start('server-process.mjs', env));
  }
  const ask = (children, task, words) =>
    Promise.all(children.map((child) => child.ask(task, words)));
  const cpu = (children) => ask(children, 'cpu');

  async function measure(name) {
    const ports = await ask(servers[name], 'port');
    const url = `http://127.0.0.1:${ports[0]}/live/polling/rooms/${ROOM}/messages`;
    const path = `/live/channel-layer/room/${ROOM}/`;
    const room = { url, processes: READER_PROCESSES };
    await ask(readers, 'open', { ports, path, many: READERS / READER_PROCESSES });
    await saturate(room, { ...SATURATED, ms: 300 }); // compiles what the rest uses
    const atPace = await steady(room, STEADY);
    const figuresNow = async () => [now(), await cpu(servers[name]), await cpu(readers)];
    const [began, ...before] = await figuresNow();
    const saturated = await saturate(room, SATURATED);
    const [ended, ...after] = await figuresNow();
    await ask(readers, 'close');
    const millions = (saturated.length * READERS) / 1e6;
    const [cpus, ofReaders] = after.map((all, part) =>
      all.map((seconds, index) => (seconds - before[part][index]) / millions),
    );
    const perSecond = (millions * 1e6) / ((ended - began) / 1000);
    return { atPace, saturated, perSecond, cpus, ofReaders: sum(ofReaders) };
  }

  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of Object.keys(SERVERS)) runs.push({ name, ...(await measure(name)) });
  await Promise.all([...readers, ...Object.values(servers).flat()].map((child) => child.end()));
  await redis.stop();

  const of = (name, figure) => runs.filter((run) => run.name === name).map((run) => run[figure]);
  const rows = Object.keys(SERVERS).map((name) => {
    const delays = (load) =>
      [0.5, 0.99].map((part) => figures(quantile(of(name, load).flat(), part)));
    const rate = median(of(name, 'perSecond'));
    const cpus = servers[name].map((_, index) => median(of(name, 'cpus').map((all) => all[index])));
    const ofReaders = median(of(name, 'ofReaders'));
    return [
      ...[name, ...delays('atPace'), '|', ...delays('saturated')],
      ...[figures(rate), ratio(rate, median(of('in memory', 'perSecond')))],
      ...[cpus.map(figures).join(' + '), figures(ofReaders), figures(1e6 / Math.max(...cpus))],
    ];
  });
  printTable([HEAD, ...rows]);
  console.log(
    `\n${READERS.toLocaleString('en')} readers. Left, ${STEADY.perSecond} messages a second; right, ${SATURATED.inFlight} on their way at any time. A delay is from\n` +
      'the POST, to the first process, until the last reader has it, over all rounds. A delivery is a\n' +
      'message to one reader; CPU is what a million cost each server, then the readers. This machine has\n' +
      `${availableParallelism()} cores, for the servers, ${READER_PROCESSES} processes of readers, Redis and the sender: more busy processes than\n` +
      'cores cannot be faster. “With a core each” is what the busiest server’s CPU would allow.',
  );
});
