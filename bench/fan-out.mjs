// npm run fan-out: one message to 1,000 and to 5,000 WebSocket readers, by this project's servers and
// by others, in turns. Name some of them to run only those: npm run fan-out -- plain layer
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, printTable, ratio, startChild } from './measure.mjs';
import { installServers, pinLoad, startDaphne, startNode, startOurs } from './servers.mjs';

const ROUNDS = Number(process.env.ROUNDS || 3);
const READERS = (process.env.READERS || '1000,5000').split(',').map(Number);
const STEADY = { perSecond: 20, seconds: 5 };
const SATURATED = { inFlight: 16, ms: 1_500 };
/** What a server that cannot do more is asked for. */
const GENTLE = { perSecond: 1, seconds: 5 };

/** A message is sent as it comes back. */
const ECHO = { before: '', after: '', tail: 0, overhead: 0, greetings: 0 };
const LIST = { ...ECHO, tail: 4, overhead: 4 };
/** `{"id":"…","sender":"A","text":"…","at":1764000000000}` */
const LAYER = {
  before: '{"sender":"A","text":"',
  after: '"}',
  tail: '","at":1764000000000}'.length,
  overhead: 64,
  greetings: 1,
};
const SOCKET_IO = { before: '42["m","', after: '"]', tail: 2, overhead: 10, greetings: 2 };

const SERVERS = {
  plain: { name: 'plain ws loop', start: () => startNode('plain-ws.mjs'), path: '/', words: ECHO },
  raw: {
    name: 'raw sockets, joined writes',
    start: () => startNode('raw-sockets.mjs'),
    path: '/',
    words: ECHO,
  },
  list: {
    name: 'this: connection list',
    start: startOurs,
    path: '/live/connection-list/bench/room/bench/',
    words: LIST,
  },
  layer: {
    name: 'this: channel layer',
    start: startOurs,
    path: '/live/channel-layer/room/bench/',
    words: LAYER,
  },
  'socket.io': {
    name: 'Socket.IO',
    start: () => startNode('socket-io.mjs'),
    path: '/socket.io/?EIO=4&transport=websocket',
    words: SOCKET_IO,
    hello: ['40'],
  },
  daphne: {
    name: 'Daphne, group by pub/sub',
    start: (redis) => startDaphne(redis),
    path: '/group/',
    words: ECHO,
    gentle: true,
  },
  'daphne-list': {
    name: 'Daphne, a list',
    start: (redis) => startDaphne(redis),
    path: '/list/',
    words: ECHO,
    gentle: true,
  },
};

await main(async () => {
  const chosen = process.argv.slice(2);
  const names = chosen.length ? chosen : Object.keys(SERVERS);
  for (const name of names)
    if (!(name in SERVERS))
      throw new Error(`There is no "${name}": choose of ${Object.keys(SERVERS).join(', ')}.`);
  await setUp({
    testTools: names.some((name) => name.startsWith('daphne')) ? ['redis', 'daphne'] : [],
  });
  installServers();
  const { startRedisServer } = await import('../server/processes/redis-server.ts');
  const redis = names.some((name) => SERVERS[name].gentle) ? await startRedisServer() : undefined;
  const load = startChild('load-process.mjs');
  pinLoad(load.pid);

  /** One server under both loads. */
  async function measure(name, many) {
    const { start, path, words, hello, gentle } = SERVERS[name];
    const server = await start(redis?.url);
    await load.ask('open', { port: server.port, path, words, hello, many });
    const ours = start === startOurs;
    const cost = async (task, asked) => {
      const before = server.cpu();
      if (ours) await server.blocked();
      const result = await load.ask(task, asked);
      const cpu = ((server.cpu() - before) * 1e6) / result.arrived;
      const blocked = ours ? await server.blocked() : NaN;
      return { ...result, cpu, blocked };
    };
    // Compiles what the rest uses.
    await load.ask('saturate', { inFlight: 4, ms: 500 });
    await load.ask('steady', gentle ? GENTLE : { ...STEADY, seconds: 2 });
    const steady = await cost('steady', gentle ? GENTLE : STEADY);
    const saturated = await cost('saturate', SATURATED);
    await load.ask('close');
    await server.end();
    return { name, many, steady, saturated };
  }

  const runs = [];
  for (let round = 0; round < ROUNDS; round += 1)
    for (const many of READERS)
      for (const name of names) {
        process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${name}, ${many}          \r`);
        runs.push(await measure(name, many));
      }
  await load.end();
  await redis?.stop();

  const of = (many, name, load, figure) =>
    runs.filter((run) => run.many === many && run.name === name).map((run) => run[load][figure]);
  for (const many of READERS) {
    const row = (name) => {
      const part = (load) => {
        const [cpu, p50, p99, blocked] = ['cpu', 'p50', 'p99', 'blocked'].map((figure) =>
          median(of(many, name, load, figure)),
        );
        // The plain loop of the same round: what else the machine does changes between rounds.
        const plain = of(many, 'plain', load, 'cpu');
        const ratios = of(many, name, load, 'cpu').map((value, round) => value / plain[round]);
        const lost = of(many, name, load, 'lost').reduce((all, value) => all + value, 0);
        return [
          figures(cpu),
          plain.length ? ratio(median(ratios), 1) : '',
          figures(p50),
          figures(p99),
          Number.isNaN(blocked) ? '' : figures(blocked),
          lost,
        ];
      };
      return [SERVERS[name].name, ...part('steady'), '|', ...part('saturated')];
    };
    const head = ['µs of CPU', '', 'p50 ms', 'p99 ms', 'blocked', 'lost'];
    console.log(`\n${many.toLocaleString('en')} readers`);
    printTable([['', ...head, '|', ...head], ...names.map(row)]);
  }
  console.log(
    `\nLeft, ${STEADY.perSecond} messages a second (Daphne: ${GENTLE.perSecond}); right, ${SATURATED.inFlight} on their way at any time. µs of the server’s CPU a\n` +
      'delivery, from the operating system, and its ratio to the plain loop in the same round; the delay\n' +
      `until a reader has it; the longest time that the server’s event loop was busy; messages lost. Medians\nof ${ROUNDS}, the server on one core, readers and publisher on another.`,
  );
});
