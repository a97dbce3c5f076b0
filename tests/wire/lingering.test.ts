import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openPlain, request } from './plain-client.ts';
import { serveWire } from './wire-server.ts';

// What is on its way when an end is gone, or when the server has waited long enough.

test('a server’s own time-out still ends a connection that is held', async () => {
  const { port, told } = await serveWire({
    worse: { timeout: 0 },
    prepare: (server) => (server.timeout = 200),
  });
  const client = openPlain(port);
  client.write(request('GET /hello'));
  await client.ends();
  await expect.poll(() => told).toEqual(['socket closed']);
});

test('a server that writes is not idle, though nothing gets through', async () => {
  const { port, streams, sockets, onlookers } = await serveWire({
    prepare: (server) => (server.timeout = 300),
  });
  const client = openPlain(port);
  client.write(request('GET /events'));
  await client.gets('text/event-stream');
  onlookers[0]?.change({ timeout: 0 });
  const writing = setInterval(() => streams[0]?.write(': still here\n\n'), 50);
  const waiting = () => onlookers[0]?.connection?.waiting.down;
  await expect.poll(waiting).toBeGreaterThan(13 * 19); // by then 650 ms have passed
  expect(sockets[0]?.destroyed).toBe(false);
  clearInterval(writing);
  await client.ends();
});

test('a server is not idle when something late comes to it', async () => {
  const { port, sockets } = await serveWire({
    worse: { latency: 400 },
    prepare: (server) => (server.timeout = 300),
  });
  const client = openPlain(port);
  const begun = performance.now();
  client.write('GET ');
  await expect.poll(() => sockets.length).toBe(1);
  await new Promise((resolve) => sockets[0]?.on('timeout', resolve));
  expect(performance.now() - begun).toBeGreaterThan(450);
});

test('what a server wrote before it destroyed its socket is on its way all the same', async () => {
  const { port, server, sockets, onlookers } = await serveWire({ worse: { latency: 200 } });
  server.on('clientError', (_error, socket) => {
    socket.write('not this');
    socket.destroy();
    client.write('more, for nobody');
  });
  const client = openPlain(port);
  client.write('hello?\r\n\r\n');
  await client.gets('not this');
  const cameAt = performance.now();
  const endedAt = await client.ends();
  expect(endedAt - cameAt).toBeLessThan(1_000);
  await expect.poll(() => onlookers[0]?.seen.at(-1)).toBe('over by server');
  expect(performance.now() - endedAt).toBeLessThan(1_000);
  expect(sockets[0]?.destroyed).toBe(true);
  expect(onlookers[0]?.seen).toEqual(['arriving 10', 'leaving 8', 'over by server']);
});

test('a connection that the server has ended is over, though the client does not end it', async () => {
  const { port, onlookers } = await serveWire({ worse: { latency: 20 } });
  const client = openPlain(port);
  client.write(request('GET /hello', { Connection: 'close' }));
  const endedAt = await client.ends();
  await expect.poll(() => onlookers[0]?.seen.at(-1)).toBe('over by server');
  expect(performance.now() - endedAt).toBeLessThan(1_000);
});

test('what a client sent before its end comes all the same, late as it is', async () => {
  const { port, sockets } = await serveWire({ worse: { latency: 200 } });
  const client = openPlain(port);
  await expect.poll(() => sockets.length).toBe(1);
  const [socket] = sockets;
  const ended = socket && once(socket, 'end');
  socket?.end();
  await client.ends();
  client.socket.end('GET ');
  await ended;
});

test('what is held of a client that is gone is forgotten after 2 s', async () => {
  const { port, sockets, onlookers } = await serveWire();
  const client = openPlain(port);
  await expect.poll(() => sockets.length).toBe(1);
  const [socket] = sockets;
  socket?.end();
  await client.ends();
  onlookers[0]?.change({ timeout: 0 });
  client.socket.end('GET ');
  await client.closes();
  const closedAt = performance.now();
  await expect.poll(() => onlookers[0]?.seen.at(-1)).toBe('over by server');
  expect(performance.now() - closedAt).toBeGreaterThan(1_500);
});
