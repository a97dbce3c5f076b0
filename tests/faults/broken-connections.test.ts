import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { handshake } from '../channels/support.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { openApp } from '../support/open-app.ts';
import { request } from '../support/raw-http.ts';
import { openClient, openRaw, rawFrame } from '../support/raw-websocket.ts';
import { openReaders, talk } from '../support/readers.ts';
import { logOf, messagesAt, say, unbounded } from '../support/rooms.ts';

type App = Awaited<ReturnType<typeof openApp>>;

/** How many connections a server has. */
const connectionsOf = ({ server }: App) =>
  new Promise<number>((resolve, reject) =>
    server.getConnections((error, many) => (error ? reject(error) : resolve(many))),
  );

/** How many WebSockets are in a group. */
const membersOf = async ({ url }: App, room: string) =>
  (
    (await (await fetch(`${url}/live/channel-layer/room/${room}/layer`)).json()) as {
      many: number;
    }
  ).many;

const words = JSON.stringify({ sender: 'Mallory', text: 'never whole' });

/** What is written of each before it is reset; where in it is up to the test. */
const CUT: readonly [what: string, bytes: (room: string) => Buffer][] = [
  ['a head', (room) => Buffer.from(request(`GET ${messagesAt('', room)}`, {}))],
  [
    'a body',
    (room) =>
      Buffer.from(
        request(
          `POST ${messagesAt('', room)}`,
          { 'Content-Type': 'application/json', 'Content-Length': String(words.length + 1) },
          words,
        ),
      ),
  ],
  [
    'a handshake',
    (room) =>
      Buffer.from(
        request(`GET /live/channel-layer/room/${room}/`, {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        }).slice(0, -2),
      ),
  ],
];

test.for(CUT)(
  'reset within %s, wherever that is: it is not taken, and nothing of it stays',
  async ([, bytesFor]) => {
    await using app = await openApp();
    const room = randomRoom();
    using alice = await openClient(app.port, `/live/channel-layer/room/${room}/`);
    const before = await connectionsOf(app);
    const whole = bytesFor(room);
    for (let part = 1; part < whole.length; part += 7) {
      const arrived = once(app.server, 'connection');
      const socket = connect(app.port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      await arrived;
      await new Promise((resolve) => socket.write(whole.subarray(0, part), resolve));
      socket.resetAndDestroy();
    }
    await expect.poll(() => connectionsOf(app)).toBe(before);
    expect((await say(app.url, room, 'still here'))?.status).toBe(201);
    await alice.hears('still here');
    expect(await logOf(app.url, room)).toHaveLength(1);
    expect(await membersOf(app, room)).toBe(1);
  },
);

test('reset within a frame, wherever that is: it is not taken, and its consumer is gone', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const path = `/live/channel-layer/room/${room}/`;
  using alice = await openClient(app.port, path);
  const whole = rawFrame(0x81, words);
  for (let part = 1; part < whole.length; part += 5) {
    const mallory = await openRaw(app.port, path);
    await new Promise((resolve) => mallory.write(whole.subarray(0, part), resolve));
    mallory.resetAndDestroy();
  }
  await expect.poll(() => membersOf(app, room)).toBe(1);
  expect((await say(app.url, room, 'still here'))?.status).toBe(201);
  await alice.hears('still here');
  expect(await logOf(app.url, room)).toHaveLength(1);
});

test('reset again and again while three speak: every reader gets every message once, in order', async () => {
  await using app = await openApp({ env: unbounded });
  const proxy = await startFaultyProxy(app.port);
  const room = randomRoom();
  const readers = await openReaders(proxy.url, room);
  const talking = talk(app.url, room);
  for (let time = 0; time < 10; time += 1) {
    await talking.more(30);
    proxy.reset();
  }
  await talking.stop();
  const log = await logOf(app.url, room);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
  expect(readers.find(({ name }) => name === 'websocket')?.events).toContain('lost');
});

test('a network where each piece takes 200 ms: nothing is lost, and nothing comes twice', async () => {
  await using app = await openApp({ env: unbounded });
  const proxy = await startFaultyProxy(app.port);
  proxy.delay(200);
  const room = randomRoom();
  const readers = await openReaders(proxy.url, room);
  const talking = talk(app.url, room);
  await talking.more(200);
  await talking.stop();
  const log = await logOf(app.url, room);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
});

test('a peer that vanishes without a word: a socket is dropped after two pings, a held poll is let go, and they go on when it is back', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await using app = await openApp({ env: unbounded });
  const proxy = await startFaultyProxy(app.port);
  const room = randomRoom();
  using alice = await openClient(app.port, `/live/channel-layer/room/${room}/`);
  const readers = await openReaders(proxy.url, room);
  expect(await membersOf(app, room)).toBe(2);

  proxy.halt();
  for (let round = 0; round < 2; round += 1) {
    const pinged = once(alice.ws, 'ping');
    vi.advanceTimersByTime(30_000);
    await pinged;
    alice.ws.send(JSON.stringify({ sender: 'Alice', text: `round ${round}` }));
    await alice.hears(`round ${round}`); // her pong left before
  }
  await expect.poll(() => membersOf(app, room)).toBe(1);
  expect(readers.find(({ name }) => name === 'websocket')?.events).not.toContain('lost');

  proxy.resume();
  const log = await logOf(app.url, room);
  expect(log).toHaveLength(2);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
});

test('a handshake that is half done and then silent holds no consumer', async () => {
  await using app = await openApp();
  app.server.headersTimeout = 500; // the 10 s and 30 s are in slow-loris.test.ts
  const room = randomRoom();
  const path = `/live/channel-layer/room/${room}/`;
  const half = connect(app.port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void half.destroy());
  half.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n`);
  const whole = handshake(app.port, path);
  await once(whole, 'data');
  expect(await membersOf(app, room)).toBe(1);
  const [answer] = (await once(half, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  whole.destroy(); // it would not answer a close frame
});
