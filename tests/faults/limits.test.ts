import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Reading } from '../../src/protocol/message.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { closeOf, handshake, refusalOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';
import { openClient } from '../support/raw-websocket.ts';
import { messagesAt, say, unbounded } from '../support/rooms.ts';

// Floods at the bounds that README.md names and that no other test reaches.

const healthz = request('GET /healthz', {});
const path = '/live/channel-layer/room/kitchen/';

const readingOf = async (url: string, room: string) =>
  (await (await fetch(messagesAt(url, room))).json()) as Reading;

test('MAX_CONNECTIONS: beyond, HTTP and handshakes are refused in words, then dropped; who is in is served; all is well when some have left', async () => {
  await using app = await openApp({ env: { MAX_CONNECTIONS: '20' } });
  using alice = await openClient(app.port, path);
  const crowd = Array.from({ length: 19 }, () =>
    connect(app.port, '127.0.0.1').on('error', () => undefined),
  );
  onTestFinished(() => crowd.forEach((socket) => socket.destroy()));
  await Promise.all(crowd.map((socket) => once(socket, 'connect')));
  const refused = await exchangeBytes(app.port, healthz);
  expect(statusOf(refused)).toBe(429);
  expect(refused).toContain(problemType('too-many-connections'));
  const handshaken = await refusalOf(handshake(app.port, path));
  expect([handshaken.status, handshaken.problem?.['type']]).toEqual([
    429,
    problemType('too-many-connections'),
  ]);
  const dropped = Array.from({ length: 200 }, () =>
    connect(app.port, '127.0.0.1').on('error', () => undefined),
  );
  crowd.push(...dropped);
  await Promise.all(dropped.map((socket) => once(socket, 'connect')));
  await expect
    .poll(() => dropped.filter(({ readyState }) => readyState === 'open').length)
    .toBe(100);
  alice.ws.send(JSON.stringify({ sender: 'Alice', text: 'still here' }));
  await alice.hears('still here');
  for (const socket of crowd) socket.destroy();
  await expect.poll(async () => statusOf(await exchangeBytes(app.port, healthz))).toBe(200);
});

test('MESSAGES_PER_SECOND: one address that floods over many sockets is paced as one', async () => {
  await using app = await openApp({ env: { MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '5' } });
  const path = `/live/websocket/room/${randomRoom()}/`;
  const clients = await Promise.all(Array.from({ length: 30 }, () => openClient(app.port, path)));
  onTestFinished(() => clients.forEach(({ ws }) => ws.terminate()));
  const began = performance.now();
  // Alone each is within its burst of 5; together they are not within ten times that.
  const codes = await Promise.all(
    clients.map(async ({ ws, heard }) => {
      const closed = closeOf(ws);
      for (let n = 0; n < 4; n += 1) ws.send('hi');
      const answered = expect.poll(() => heard.length, { timeout: 10_000 }).toBe(4);
      return Promise.race([closed, answered.then(() => undefined)]);
    }),
  );
  const refilled = Math.ceil((performance.now() - began) / 100);
  const answers = clients.reduce((all, { heard }) => all + heard.length, 0);
  expect(answers).toBeGreaterThanOrEqual(40);
  expect(answers).toBeLessThanOrEqual(50 + refilled);
  const closed = codes.filter((how) => how !== undefined);
  expect(closed.length).toBeGreaterThanOrEqual(10);
  expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([1008]));
});

test('ROOM_MESSAGES and ROOM_BYTES: a flood of messages leaves no more than they say, and what goes is counted', async () => {
  await using app = await openApp({
    env: { ...unbounded, ROOM_MESSAGES: '50', ROOM_BYTES: '16384' },
  });
  const [many, large] = [randomRoom(), randomRoom()];
  const first = (await say(app.url, many, 'first'))?.id ?? '';
  for (let n = 0; n < 200; n += 1) await say(app.url, many, String(n));
  for (let n = 0; n < 50; n += 1) await say(app.url, large, '☃'.repeat(2_000));
  const { messages } = await readingOf(app.url, many);
  expect(messages.map(({ text }) => text)).toEqual(
    Array.from({ length: 50 }, (_, n) => String(n + 150)),
  );
  const after = await fetch(`${messagesAt(app.url, many)}?after=${first}`);
  expect(((await after.json()) as Reading).skipped).toBe(150);
  const kept = (await readingOf(app.url, large)).messages;
  expect(kept.length).toBeGreaterThan(0);
  expect(Buffer.byteLength(kept.map((message) => JSON.stringify(message)).join(''))).toBeLessThan(
    16_384,
  );
});

test('ROOMS_BYTES: a flood of rooms costs the idle ones their log, and not the one that is read', async () => {
  await using app = await openApp({
    env: { ...unbounded, ROOMS_BYTES: '262144', ROOM_BYTES: '16384' },
  });
  const room = randomRoom();
  const text = 'x'.repeat(1_000);
  const kept = (await say(app.url, room, 'kept'))?.id ?? '';
  const rooms = Array.from({ length: 500 }, randomRoom);
  for (const other of rooms) {
    await say(app.url, other, text);
    expect((await readingOf(app.url, room)).messages).toHaveLength(1);
  }
  let left = 0;
  for (const other of rooms) left += (await readingOf(app.url, other)).messages.length;
  expect(left).toBeGreaterThan(50);
  expect(left).toBeLessThan(262_144 / 2_000);
  expect((await readingOf(app.url, room)).messages).toMatchObject([{ id: kept }]);
});

test('ROOM_READERS: a flood of readers in many rooms is bounded over all of them, and the latest are remembered', async () => {
  await using app = await openApp({ env: unbounded });
  const make = async (room: string) => {
    const readers = `${app.url}/live/long-polling/rooms/${room}/readers`;
    const { reader } = (await (await fetch(readers, { method: 'POST' })).json()) as {
      reader: string;
    };
    return `${readers}/${reader}/messages?wait=0`;
  };
  const first = await make('first');
  expect((await fetch(first)).status).toBe(200);
  let last = '';
  for (let n = 0; n < 20_000; n += 50)
    [last = ''] = await Promise.all(
      Array.from({ length: 50 }, (_, place) => make(`room${(n + place) % 100}`)),
    );
  expect((await fetch(first)).status).toBe(404);
  expect((await fetch(last)).status).toBe(200);
}, 60_000);
