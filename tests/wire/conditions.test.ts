import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { BUFFERED, type Conditions } from '../../src/protocol/conditions.ts';
import { chanceOf, seedOf } from '../support/chance.ts';
import { newSeed } from '../support/seeded.ts';
import { curlTime, openPlain, request } from './plain-client.ts';
import { bytesOf, serveWire, sha256 } from './wire-server.ts';

// What a plain client sees of what the server does to its connection.

/** The least of some times: whatever else the machine does makes them only longer. */
async function leastOf(task: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  while (times.length < 5) times.push(await task());
  return Math.min(...times);
}

/** Says whether a number is within so much of another. */
const within = (expected: number, most: number) => (value: number) =>
  Math.abs(value - expected) <= most;

test('latency is what curl measures', { retry: 2 }, async () => {
  const clear = await serveWire();
  const slow = await serveWire({ worse: { latency: 200 } });
  const without = await leastOf(() => curlTime(`${clear.url}/hello`));
  const measured = await leastOf(() => curlTime(`${slow.url}/hello`));
  expect(measured).toBeGreaterThan(199);
  expect(measured - without).toBeLessThan(210);
});

test('a message over a WebSocket and its echo take the latency, too', { retry: 2 }, async () => {
  const { port } = await serveWire({ worse: { latency: 200 } });
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(ws, 'open');
  const time = await leastOf(async () => {
    const begun = performance.now();
    ws.send('ping');
    await once(ws, 'message');
    return performance.now() - begun;
  });
  ws.terminate();
  expect(time).toBeGreaterThan(199);
  expect(time).toBeLessThan(210);
});

test('so many kB a second come down', async () => {
  const { url } = await serveWire({ worse: { bandwidth: 100 } });
  expect(await curlTime(`${url}/bytes/300000`)).toSatisfy(within(3_000, 300));
});

test('so many kB a second go up', async () => {
  const { url } = await serveWire({ worse: { bandwidth: 100 } });
  expect(await curlTime(`${url}/digest`, bytesOf(300_000))).toSatisfy(within(3_000, 300));
});

test('a slicer’s pieces come one by one', async () => {
  const { port } = await serveWire({ worse: { slicer: { averageSize: 16, delay: 20_000 } } });
  const client = openPlain(port);
  let pieces = 0;
  client.socket.on('data', () => (pieces += 1));
  client.write(request('GET /hello'));
  const { length } = await client.gets('hello');
  expect(length).toBeGreaterThan(150);
  expect(pieces).toBeGreaterThan(3); // a slow reader finds some of them joined
});

test('1 MiB comes unchanged, up and down, under mixtures of all that delays and cuts', async () => {
  const seed = newSeed();
  const bytes = bytesOf(1_048_576);
  for (let session = 0; session < 3; session += 1) {
    const { below } = chanceOf(seedOf(seed, session));
    const worse: Partial<Conditions> = {
      latency: below(100),
      jitter: below(100),
      bandwidth: 1_000 + below(4_000),
      slicer: { averageSize: 1_000 + below(8_000), delay: 100 + below(500) },
    };
    const { port } = await serveWire({ worse });
    const client = openPlain(port);
    client.write(request('POST /digest', { 'Content-Length': '1048576' }));
    client.write(bytes);
    const answer = await client.gets('"}');
    expect({ seed, session, answer }).toMatchObject({ seed, session });
    expect(answer, JSON.stringify({ seed, session })).toContain(sha256(bytes));
    const before = client.bytes().length;
    client.write(request('GET /bytes/1048576', { Connection: 'close' }));
    await client.ends();
    const came = client.bytes().subarray(before).subarray(-1_048_576);
    expect({ seed, session, sha256: sha256(came) }).toEqual({
      seed,
      session,
      sha256: sha256(bytes),
    });
  }
});

test('a buffering proxy holds an event stream back until 16 KiB of it have come', async () => {
  const { port, streams, onlookers } = await serveWire({ worse: { buffering: true } });
  const client = openPlain(port);
  client.write(request('GET /events'));
  await expect.poll(() => streams.length).toBe(1);
  streams[0]?.write('data: one\n\n');
  await expect.poll(() => onlookers[0]?.connection?.waiting.down).toBeGreaterThan(11);
  expect(client.text()).toBe('');
  streams[0]?.write(`: ${'.'.repeat(BUFFERED)}\n\n`);
  await client.gets('data: one\n\n');
  streams[0]?.write('data: two\n\n');
  streams[0]?.end();
  await client.gets('data: two\n\n');
});

test('a buffering proxy holds no response that is whole, and no WebSocket', async () => {
  const { port } = await serveWire({ worse: { buffering: true } });
  const client = openPlain(port);
  client.write(request('POST /digest', { Expect: '100-continue', 'Content-Length': '4' }));
  await client.gets('100 Continue');
  client.write('body');
  await client.gets(sha256(Buffer.from('body')));
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(ws, 'open');
  ws.send('ping');
  await once(ws, 'message');
  ws.terminate();
});

test('a stream that was held goes on when there is no proxy any more', async () => {
  const { port, streams, onlookers } = await serveWire({ worse: { buffering: true } });
  const client = openPlain(port);
  client.write(request('GET /events'));
  await expect.poll(() => streams.length).toBe(1);
  streams[0]?.write('data: one\n\n');
  await expect.poll(() => onlookers[0]?.connection?.waiting.down).toBeGreaterThan(11);
  onlookers[0]?.change({});
  await client.gets('data: one\n\n');
});
