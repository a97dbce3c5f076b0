// npm run http: polls a second, and what one costs, against an Express handler with nothing around it.
import { main, setUp } from '../scripts/setup.mjs';
import { figures, median, printTable, ratio, startChild } from './measure.mjs';
import { pinLoad, startNode, startOurs } from './servers.mjs';

const ROUNDS = Number(process.env.ROUNDS || 5);
const CONNECTIONS = 32;
const MS = 2_000;

const SERVERS = {
  'bare Express': { start: () => startNode('bare-express.mjs'), path: '/messages' },
  this: { start: startOurs, path: '/live/polling/rooms/bench/messages?after=0' },
};

await main(async () => {
  await setUp();
  const load = startChild('poll-process.mjs');
  pinLoad(load.pid);
  const runs = { 'bare Express': [], this: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, { start, path }] of Object.entries(SERVERS)) {
      const server = await start();
      const ask = (ms) =>
        load.ask('poll', { port: server.port, path, connections: CONNECTIONS, ms });
      await ask(MS / 2); // compiles what the rest uses
      const before = server.cpu();
      const polls = await ask(MS);
      const cpu = ((server.cpu() - before) * 1e6) / polls;
      runs[name].push({ rate: (polls * 1000) / MS, cpu });
      await server.end();
    }
  await load.end();
  const rows = Object.keys(SERVERS).map((name) => {
    const part = (figure) => {
      const values = runs[name].map((run) => run[figure]);
      const ratios = values.map((value, round) => value / runs['bare Express'][round][figure]);
      return [figures(median(values)), ratio(median(ratios), 1)];
    };
    return [name, ...part('rate'), ...part('cpu')];
  });
  printTable([['', 'polls/s', '', 'µs of CPU', ''], ...rows]);
  console.log(`\n${CONNECTIONS} connections. Medians of ${ROUNDS}, and of the ratios in a round.`);
});
