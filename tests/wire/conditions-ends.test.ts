import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CLEAR } from '../../src/protocol/conditions.ts';
import { closeOf } from '../channels/support.ts';
import { curl, openPlain, request } from './plain-client.ts';
import { serveWire } from './wire-server.ts';

// How conditions end connections, as both sides see it.

/** ms that something took. */
async function timeOf(done: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await done;
  return performance.now() - begun;
}

test('under a time-out nothing gets through, and the connection ends', async () => {
  const { port, url, told, onlookers } = await serveWire({ worse: { timeout: 300 } });
  expect((await curl([`${url}/hello`])).exit).toBe(52); // "Empty reply from server"
  const client = openPlain(port);
  client.write(request('GET /hello'));
  expect(await timeOf(client.ends())).toBeGreaterThan(295);
  expect(client.text()).toBe('');
  await expect.poll(() => told).toEqual(['socket closed', 'socket closed']);
  expect(onlookers[0]?.seen.at(-1)).toBe('over by conditions, not clean');
});

test('a time-out begins anew with each byte that comes', async () => {
  const { port, onlookers } = await serveWire({ worse: { timeout: 300 } });
  const client = openPlain(port);
  const begun = performance.now();
  let last = begun;
  for (let time = 1; time <= 4; time += 1) {
    last = performance.now();
    client.write('GET');
    await expect.poll(() => onlookers[0]?.seen.length).toBe(time);
  }
  expect(last - begun).toBeGreaterThan(50);
  expect((await client.ends()) - last).toBeGreaterThan(295);
});

test('a time-out of 0 holds for ever, and what it held goes on when it is lifted', async () => {
  const { port, told, onlookers } = await serveWire({ worse: { timeout: 0 } });
  const client = openPlain(port);
  client.write(request('GET /hello'));
  await expect.poll(() => onlookers[0]?.connection?.waiting.up).toBeGreaterThan(0);
  expect(told).toEqual([]);
  onlookers[0]?.change({});
  await client.gets('hello');
});

test('a response under way is held by a time-out that comes into force', async () => {
  const { port, streams, onlookers } = await serveWire();
  const client = openPlain(port);
  client.write(request('GET /events'));
  await client.gets('text/event-stream');
  onlookers[0]?.change({ timeout: 200 });
  streams[0]?.write('data: one\n\n');
  await expect.poll(() => onlookers[0]?.connection?.waiting.down).toBeGreaterThan(0);
  await client.ends();
  expect(client.text()).not.toContain('one');
});

test('a reset comes in place of the answer to a request that was taken', async () => {
  const { port, url, told, onlookers } = await serveWire({ worse: { resetPeer: 200 } });
  expect((await curl([`${url}/hello`])).exit).toBe(56); // "Connection reset by peer"
  const client = openPlain(port);
  client.write(request('GET /hello'));
  expect(await timeOf(client.closes())).toBeGreaterThan(195);
  expect(await client.closes()).toBe('ECONNRESET');
  expect(client.text()).toBe('');
  await expect.poll(() => told.filter((line) => line === 'GET /hello')).toHaveLength(2);
  await expect.poll(() => onlookers[1]?.seen.at(-1)).toBe('over by conditions, not clean');
});

test('a reset comes to nobody who is not answered', async () => {
  const { port, onlookers } = await serveWire({ worse: { resetPeer: 0 } });
  const [asking, waiting] = [openPlain(port), openPlain(port)];
  waiting.write(request('GET /never'));
  await expect.poll(() => onlookers.some(({ arrivedBytes }) => arrivedBytes.length)).toBe(true);
  asking.write(request('GET /hello'));
  expect(await asking.closes()).toBe('ECONNRESET');
  expect(waiting.socket.destroyed).toBe(false);
});

test('a reset that is due sooner comes sooner', async () => {
  const { port, onlookers } = await serveWire({ worse: { resetPeer: 60_000 } });
  const client = openPlain(port);
  client.write(request('GET /hello'));
  await expect.poll(() => onlookers[0]?.connection?.waiting.down).toBeGreaterThan(0);
  onlookers[0]?.change({ resetPeer: 10 });
  expect(await client.closes()).toBe('ECONNRESET');
});

test('a reset ends what is open when it comes into force, and spares it when it is lifted', async () => {
  const { port, streams, onlookers } = await serveWire();
  const [spared, reset] = [openPlain(port), openPlain(port)];
  for (const client of [spared, reset]) {
    client.write(request('GET /events'));
    await client.gets('text/event-stream');
  }
  onlookers.forEach((onlooker) => onlooker.change({ resetPeer: 300 }));
  streams.forEach((stream) => stream.write('data: one\n\n'));
  await expect.poll(() => onlookers[0]?.connection?.waiting.down).toBeGreaterThan(0);
  onlookers[0]?.change({});
  await spared.gets('data: one\n\n');
  expect(await reset.closes()).toBe('ECONNRESET');
  expect(reset.text()).not.toContain('one');
  expect(spared.socket.destroyed).toBe(false);
});

test('a slow close holds the server’s end back, but no byte', async () => {
  const { port } = await serveWire({ worse: { slowClose: 500 } });
  const client = openPlain(port);
  const begun = performance.now();
  client.write(request('GET /hello', { Connection: 'close' }));
  await client.gets('hello');
  expect(client.socket.readableEnded).toBe(false);
  expect((await client.ends()) - begun).toBeGreaterThan(495);
});

test('a slow close holds the client’s end back, too', async () => {
  const { port, sockets } = await serveWire({ worse: { slowClose: 300 } });
  const client = openPlain(port);
  client.write(request('GET /hello'));
  await client.gets('hello');
  const [socket] = sockets;
  const ended = socket && timeOf(once(socket, 'end'));
  client.socket.end();
  expect(await ended).toBeGreaterThan(295);
});

test('offline resets whoever comes', async () => {
  const { url, told } = await serveWire({ worse: { offline: true } });
  expect((await curl([`${url}/hello`])).exit).toBe(56);
  expect(told).toEqual(['socket closed by an error']);
});

test('offline resets what the server sends to', async () => {
  const { port, streams, onlookers } = await serveWire();
  const client = openPlain(port);
  client.write(request('GET /events'));
  await client.gets('text/event-stream');
  const [onlooker] = onlookers;
  if (onlooker) onlooker.conditions = { ...CLEAR, offline: true };
  streams[0]?.write('data: one\n\n');
  expect(await client.closes()).toBe('ECONNRESET');
  expect(client.text()).not.toContain('one');
});

test('going offline resets what is open, and the server is told as of a reset by the peer', async () => {
  const { port, onlookers, told } = await serveWire();
  const client = openPlain(port);
  client.write(request('GET /never'));
  await expect.poll(() => told).toContain('GET /never');
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
  ws.on('error', () => undefined);
  await once(ws, 'open');
  onlookers.forEach((onlooker) => onlooker.change({ offline: true }));
  expect(await client.closes()).toBe('ECONNRESET');
  expect(await closeOf(ws)).toEqual({ code: 1006, reason: '' });
  await expect.poll(() => told).toContain('WebSocket closed 1006 ');
  expect(told.filter((line) => line === 'socket closed by an error')).toHaveLength(2);
});
