import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { portProxy } from '../../server/passing/proxy.ts';
import { handshake, refusalOf } from '../channels/support.ts';
import { freePort } from '../support/free-port.ts';

// Members that fail at the worst moments, spoken by hand.

/** The proxy before a port; whoever finds nobody there gets an empty 503. */
async function proxyBefore(port: number, answer?: number) {
  const proxy = portProxy(answer);
  const passing = { target: { port, pid: 1 }, headers: {} };
  let away = 0;
  const server = createServer((request, response) =>
    proxy.web(request, response, { ...passing, onAway: () => response.writeHead(503).end() }),
  );
  server.on('upgrade', (request, socket, head) => {
    const onAway = () => {
      away += 1;
      socket.end('HTTP/1.1 503 Away\r\n\r\n');
    };
    proxy.upgrade(request, socket, head, { ...passing, onAway });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const { port: own } = server.address() as AddressInfo;
  return { port: own, url: `http://127.0.0.1:${own}/`, away: () => away };
}

/** A member that does as it is told with each connection, once it has heard something there. */
async function member(hear: (socket: Socket) => void) {
  const connections: Socket[] = [];
  const server = createTcpServer((socket) => {
    connections.push(socket.on('error', () => undefined));
    socket.once('data', () => hear(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

test('where nobody listens, both kinds of requests are told so', async () => {
  const proxy = await proxyBefore(await freePort());
  expect((await fetch(proxy.url)).status).toBe(503);
  expect((await refusalOf(handshake(proxy.port))).status).toBe(503);
});

test('a member that dies before it answers counts as away', async () => {
  const { port } = await member((socket) => socket.resetAndDestroy());
  const proxy = await proxyBefore(port);
  expect((await fetch(proxy.url)).status).toBe(503);
  expect((await refusalOf(handshake(proxy.port))).status).toBe(503);
});

test('a WebSocket whose member resets it ends, with nothing written into it', async () => {
  const { port } = await member((socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
    socket.once('data', () => socket.resetAndDestroy());
  });
  const proxy = await proxyBefore(port);
  const client = handshake(proxy.port);
  let heard = '';
  client.on('data', (data) => (heard += data.toString()));
  await once(client, 'data');
  client.write('x');
  await once(client, 'close');
  expect(heard).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n$/);
  expect(proxy.away()).toBe(0);
});

test('a client that goes before the member has answered is not waited for', async () => {
  const asked = Promise.withResolvers<Socket>();
  const { port } = await member((socket) => asked.resolve(socket));
  const proxy = await proxyBefore(port, 60_000);
  const client = handshake(proxy.port);
  const behind = await asked.promise;
  const gone = once(behind.resume(), 'close');
  client.resetAndDestroy();
  await gone;
});

test('a member that never answers a handshake counts as away, and is let go', async () => {
  const asked = Promise.withResolvers<Socket>();
  const { port } = await member((socket) => asked.resolve(socket));
  const proxy = await proxyBefore(port, 100);
  const refused = refusalOf(handshake(proxy.port));
  const gone = once((await asked.promise).resume(), 'close');
  expect((await refused).status).toBe(503);
  await gone;
});
