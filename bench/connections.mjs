// npm run connections: what an open connection costs the server, in KiB of its resident memory, for
// each transport that holds one. A server of its own for each run; median of three.
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { main, setUp } from '../scripts/setup.mjs';

const MANY = 2000;
const WARM = 300;
const RUNS = 3;
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
const upgrade = (path) =>
  get(
    path,
    `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`,
  );

/** For each kind: what to send, and whether the server says something at once. */
const KINDS = {
  'long polling': {
    request: async (url) => {
      const response = await fetch(`${url}/live/long-polling/rooms/bench/readers`, {
        method: 'POST',
      });
      const { reader } = await response.json();
      return get(`/live/long-polling/rooms/bench/readers/${reader}/messages?wait=25`);
    },
    speaks: false,
  },
  'server-sent events': {
    request: () => get('/live/server-sent-events/rooms/bench/messages'),
    speaks: true,
  },
  WebSocket: { request: () => upgrade('/live/websocket/room/bench/'), speaks: true },
  'WebSocket, connection list': {
    request: () => upgrade('/live/connection-list/bench/room/bench/'),
    speaks: true,
  },
  'WebSocket, channel layer': {
    request: () => upgrade('/live/channel-layer/room/bench/'),
    speaks: true,
  },
};

const residentKiB = (pid) =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));

async function open({ request, speaks }, url, many) {
  const { port } = new URL(url);
  const sockets = [];
  for (let begun = 0; begun < many; begun += 50) {
    const batch = Array.from({ length: Math.min(50, many - begun) }, async () => {
      const text = await request(url);
      return new Promise((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1');
        socket.once('error', reject);
        const written = () => speaks || resolve(socket);
        socket.once('connect', () => socket.write(text, written));
        if (speaks) socket.once('data', () => resolve(socket.resume()));
      });
    });
    sockets.push(...(await Promise.all(batch)));
  }
  await pause(1500); // for what is done after the last is open
  return sockets;
}

await main(async () => {
  await setUp({ build: true });
  const { startServer } = await import('../tests/support/program.ts');
  const bounds = {
    MAX_CONNECTIONS_PER_ADDRESS: '5000',
    MESSAGES_PER_SECOND: '1000000',
    MESSAGE_BURST: '1000000',
    ROOM_READERS: '5000',
  };
  for (const [name, kind] of Object.entries(KINDS)) {
    const costs = [];
    for (let run = 0; run < RUNS; run += 1) {
      const server = await startServer(bounds);
      // The first connections load and compile what all later ones use.
      for (const socket of await open(kind, server.url, WARM)) socket.destroy();
      await pause(500);
      const before = residentKiB(server.pid);
      const sockets = await open(kind, server.url, MANY);
      costs.push((residentKiB(server.pid) - before) / MANY);
      for (const socket of sockets) socket.destroy();
      await server.end();
    }
    const [least, median, most] = costs.toSorted((a, b) => a - b).map((cost) => cost.toFixed(1));
    console.log(`${name.padEnd(28)} ${median} KiB (${least}–${most})`);
  }
});
