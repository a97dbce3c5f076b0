import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { isLong } from '../support/long-form.ts';
import { openApp } from '../support/open-app.ts';
import { request, statusOf } from '../support/raw-http.ts';
import { openClient, openRaw, rawFrame } from '../support/raw-websocket.ts';
import { logOf, messagesAt, say, unbounded } from '../support/rooms.ts';

/** Writes a byte every `ms` for as long as it may, and resolves with the answer when it is cut off. */
function drip(socket: Socket, bytes: Buffer, ms: number): Promise<string> {
  let place = 0;
  const timer = setInterval(() => {
    if (place < bytes.length && socket.writable) socket.write(bytes.subarray(place, ++place));
  }, ms);
  return new Promise((resolve) => {
    let answer = '';
    socket
      .on('data', (chunk) => (answer += chunk.toString()))
      .on('error', () => undefined)
      .on('close', () => {
        clearInterval(timer);
        resolve(answer);
      });
  });
}

const path = messagesAt('', 'kitchen');
const head = Buffer.from(request(`GET ${path}`, { 'X-Long': 'x'.repeat(5_000) }));
const post = Buffer.from(
  request(
    `POST ${path}`,
    { 'Content-Type': 'application/json', 'Content-Length': '5000' },
    ' '.repeat(5_000),
  ),
);
const afterHead = post.indexOf('\r\n\r\n') + 4;

test('the bounds are 10 s for a head and 30 s for the whole', async () => {
  await using app = await openApp();
  expect([app.server.headersTimeout, app.server.requestTimeout]).toEqual([10_000, 30_000]);
});

test(
  'two hundred who send a head or a body byte by byte are refused with 408, and a reader is served meanwhile',
  { timeout: 60_000 },
  async () => {
    await using app = await openApp({ env: unbounded });
    if (!isLong) Object.assign(app.server, { headersTimeout: 500, requestTimeout: 1_000 });
    const room = randomRoom();
    using alice = await openClient(app.port, `/live/channel-layer/room/${room}/`);
    const slow = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const socket = connect(app.port, '127.0.0.1');
        onTestFinished(() => void socket.destroy());
        await once(socket, 'connect');
        return socket;
      }),
    );
    let cut = 0;
    const answers = slow.map((socket, place) => {
      if (place % 2) socket.write(post.subarray(0, afterHead));
      const bytes = place % 2 ? post.subarray(afterHead) : head;
      return drip(socket, bytes, 100).finally(() => (cut += 1));
    });
    for (let n = 0; cut < slow.length; n += 1) {
      expect((await say(app.url, room, `still here ${n};`))?.status).toBe(201);
      await alice.hears(`still here ${n};`);
      await new Promise((resolve) => setTimeout(resolve, 50)); // so as to ask all the while
    }
    for (const answer of await Promise.all(answers)) {
      expect(statusOf(answer)).toBe(408);
      expect(answer).toContain(problemType('too-slow'));
    }
    expect(await logOf(app.url, 'kitchen')).toEqual([]);
  },
);

test('a frame that comes byte by byte is one message, and holds up nobody', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const path = `/live/channel-layer/room/${room}/`;
  using alice = await openClient(app.port, path);
  const slow = await openRaw(app.port, path);
  for (const byte of rawFrame(0x81, JSON.stringify({ sender: 'Bob', text: 'slowly' }))) {
    await new Promise((resolve) => slow.write(Buffer.of(byte), resolve));
    if (byte === 0x22) alice.ws.ping();
  }
  await alice.hears('slowly');
  slow.destroy();
});
