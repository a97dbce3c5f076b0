import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { interpose } from '../../server/wire/interpose.ts';
import { CLEAR, type Conditions } from '../../src/protocol/conditions.ts';

// A program that has a connection under each of many conditions, ends them all, and then its server.
// When nothing of them is left it exits by itself, and says how many ms that took.

const ALL: Partial<Conditions>[] = [
  { latency: 3_000 },
  { bandwidth: 1 },
  { slicer: { averageSize: 16, delay: 100_000 } },
  { timeout: 60_000 },
  { resetPeer: 60_000 },
  { slowClose: 10_000 },
  { buffering: true },
  { latency: 20 },
];
let open = ALL.length;
let overAt = 0;

const server = createServer((request, response) => {
  response.write('a'.repeat(10_000));
  if (request.url === '/destroyed') request.socket.destroy();
});
const clients: Socket[] = [];
let looked = 0;
interpose(server, () => {
  const number = looked++;
  const conditions: Conditions = { ...CLEAR, ...ALL[number] };
  let client: Socket | undefined;
  return {
    conditions,
    opened: () => undefined,
    arriving(bytes) {
      client = clients[Number(/\d+/.exec(bytes.toString())?.[0])];
      // Those that the server does not end the client ends: by now the timers run.
      if (!bytes.includes('destroyed')) setTimeout(() => client?.resetAndDestroy(), 200);
      return conditions;
    },
    arrived: () => undefined,
    leaving: () => ({ conditions, ends: false }),
    over() {
      open -= 1;
      if (open > 0) return;
      server.close();
      overAt = performance.now();
    },
  };
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  for (const number of ALL.keys()) {
    const path = number === ALL.length - 1 ? '/destroyed' : `/?${number}`;
    const client = connect(port, '127.0.0.1', () => {
      client.write(`GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`);
    });
    client.on('error', () => undefined).resume();
    clients.push(client);
  }
});
process.on('exit', () => console.log(open === 0 ? Math.round(performance.now() - overAt) : 'open'));
