import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { tapOf } from '../../server/wire/connection-tap.ts';
import { WireSocket } from '../../server/wire/wire-socket.ts';
import { observe } from '../support/observe.ts';
import { handshake, refusalOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';
import { messagesAt } from '../support/rooms.ts';

const ALICE = 'aliceAlice000000';
const BOB = 'bobBobBob0000000';
const of = (tag: string, n: number) => `as=${tag}.${n}`;

const post = (url: string, slug: string, text: string, query = '') =>
  fetch(`${messagesAt(url, 'kitchen', slug)}?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sender: 'Bob', text }),
  });

test('while nobody looks on, connections are what they would be without', async () => {
  await using app = await openApp();
  const [socket] = await Promise.all([
    once(app.server, 'connection'),
    post(app.url, 'polling', 'hi'),
  ]);
  expect(socket[0]).not.toBeInstanceOf(WireSocket);
  expect(tapOf(socket[0] as object)).toBeUndefined();
  expect((socket[0] as NodeJS.EventEmitter).listenerCount('data')).toBeLessThanOrEqual(1);
  const watch = await observe(app.port, { tags: [ALICE] });
  const later = once(app.server, 'connection');
  connect(app.port, '127.0.0.1').unref();
  expect((await later)[0]).toBeInstanceOf(WireSocket);
  await watch[Symbol.asyncDispose]();
  // Its end reaches the server a moment after ours.
  await expect
    .poll(async () => {
      const after = once(app.server, 'connection');
      connect(app.port, '127.0.0.1').unref();
      return (await after)[0] instanceof WireSocket;
    })
    .toBe(false);
});

test('a held poll is told as held and released, and what was said as put into the log before', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { lesson: 'long-polling', tags: [ALICE] });
  const makers = `${app.url}/live/long-polling/rooms/kitchen/readers`;
  const { reader } = (await (await fetch(makers, { method: 'POST' })).json()) as { reader: string };
  const held = fetch(`${makers}/${reader}/messages?wait=20&${of(ALICE, 1)}`);
  await watch.event('held');
  await post(app.url, 'long-polling', 'wake up');
  await held;
  const released = await watch.event('released');
  expect(released.because).toBe('message');
  await watch.event('end');
  const mine = watch.events.filter(({ reader: who, kind }) => who === ALICE || kind === 'appended');
  expect(mine.map(({ kind }) => kind)).toEqual([
    'request',
    'held',
    'appended',
    'released',
    'response',
    'chunk',
    'end',
  ]);
  const short = await fetch(`${makers}/${reader}/messages?wait=1&after=0&${of(ALICE, 2)}`);
  await short.text();
});

test('a poll whose time is up, and one that is taken over, say so', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { lesson: 'long-polling', tags: [ALICE] });
  const makers = `${app.url}/live/long-polling/rooms/kitchen/readers`;
  const { reader } = (await (await fetch(makers, { method: 'POST' })).json()) as { reader: string };
  const ask = (n: number, wait: number) =>
    fetch(`${makers}/${reader}/messages?wait=${wait}&${of(ALICE, n)}`);
  const first = ask(1, 20);
  await watch.event('held', ({ exchange }) => exchange === 1);
  await ask(2, 1);
  expect((await first).status).toBe(409);
  const because = async (n: number) =>
    (await watch.event('released', ({ exchange }) => exchange === n)).because;
  expect(await because(1)).toBe('taken-over');
  expect(await because(2)).toBe('time');
});

test('what stands inside is told as it changes: a list, a group, a queue, the log', async () => {
  await using app = await openApp();
  await using list = await observe(app.port, { lesson: 'connection-list', tags: [] });
  using alice = await openClient(app.port, '/live/connection-list/kitchen/room/a/');
  expect((await list.event('joined')).place).toBe('list');
  await list.until(() => list.glasses.at(-1)?.list?.many === 1);
  alice.ws.close();
  await list.event('left');

  await using layer = await observe(app.port, { lesson: 'channel-layer' });
  using bob = await openClient(app.port, '/live/channel-layer/room/kitchen/');
  await layer.until(() => layer.glasses.at(-1)?.group?.many === 1);
  bob.ws.send(JSON.stringify({ sender: 'Bob', text: 'hi' }));
  expect((await layer.event('appended')).text).toBe('hi');
  await layer.until(() => layer.glasses.at(-1)?.log?.last[0]?.text === 'hi');

  await using queues = await observe(app.port, { lesson: 'long-polling' });
  await fetch(`${app.url}/live/long-polling/rooms/kitchen/readers`, { method: 'POST' });
  await queues.until(() => queues.glasses.at(-1)?.queues?.many === 1);
  await post(app.url, 'long-polling', 'for later');
  expect((await queues.event('queued')).many).toBe(1);
});

test('who ends a WebSocket, and how, is told', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { lesson: 'connection-list', tags: [ALICE, BOB] });
  using alice = await openClient(app.port, `/live/connection-list/kitchen/room/a/?${of(ALICE, 1)}`);
  using bob = await openClient(app.port, `/live/connection-list/kitchen/room/a/?${of(BOB, 1)}`);
  alice.ws.send('close');
  const byServer = await watch.event('close', ({ reader }) => reader === ALICE);
  expect(byServer).toMatchObject({ by: 'server', clean: true, code: 1000 });
  bob.ws.close(4242, 'enough');
  const byClient = await watch.event('close', ({ reader }) => reader === BOB);
  expect(byClient).toMatchObject({ by: 'client', clean: true, code: 4242, reason: 'enough' });
});

test('a handshake that is refused is told with its status, and what it asked with', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { lesson: 'websocket', tags: [ALICE] });
  const path = `/live/websocket/room/kitchen/?${of(ALICE, 1)}`;
  await refusalOf(handshake(app.port, path, { Origin: 'https://evil.example' }));
  expect((await watch.event('response')).status).toBe(403);
  const { head } = await watch.event('request');
  expect(head && Buffer.from(head.base64, 'base64').toString()).toContain('https://evil.example');
});

test('whose an entry is, is told to those who know the tag', async () => {
  await using app = await openApp();
  await using list = await observe(app.port, { lesson: 'connection-list', tags: [ALICE] });
  await using stranger = await observe(app.port, { lesson: 'connection-list', tags: [BOB] });
  using hers = await openClient(app.port, `/live/connection-list/kitchen/room/a/?${of(ALICE, 1)}`);
  using other = await openClient(app.port, '/live/connection-list/kitchen/room/a/');
  await list.until(() => list.glasses.at(-1)?.list?.many === 2);
  await stranger.until(() => stranger.glasses.at(-1)?.list?.many === 2);
  expect([hers.ws.readyState, other.ws.readyState]).toEqual([1, 1]);
  expect(list.glasses.at(-1)?.list?.whose).toEqual([ALICE, null]);
  expect(stranger.glasses.at(-1)?.list?.whose).toEqual([null, null]);
  const asked = await fetch(`${app.url}/live/connection-list/kitchen/connections`);
  expect(await asked.text()).not.toContain(ALICE);

  await using layer = await observe(app.port, { lesson: 'channel-layer', tags: [BOB] });
  using his = await openClient(app.port, `/live/channel-layer/room/kitchen/?${of(BOB, 1)}`);
  await layer.until(() => layer.glasses.at(-1)?.group?.whose?.includes(BOB));
  his.ws.close();

  await using queues = await observe(app.port, { lesson: 'long-polling', tags: [BOB] });
  const makers = `${app.url}/live/long-polling/rooms/kitchen/readers`;
  const { reader } = (await (await fetch(makers, { method: 'POST' })).json()) as { reader: string };
  const asking = fetch(`${makers}/${reader}/messages?wait=2&${of(BOB, 1)}`);
  await queues.until(() => queues.glasses.at(-1)?.queues?.whose?.includes(BOB));
  expect(await (await fetch(makers)).text()).not.toContain(BOB);
  await (await asking).text();
});

test('a stranger in the same room hears of the room, and nothing that tells them who is who', async () => {
  await using app = await openApp();
  await using alice = await observe(app.port, { tags: [ALICE] });
  await using stranger = await observe(app.port, { tags: [BOB] });
  await post(app.url, 'polling', 'hi', of(ALICE, 1));
  await alice.event('end');
  await stranger.event('appended');
  expect(stranger.events.map(({ kind }) => kind)).toEqual(['appended']);
  expect(JSON.stringify([stranger.events, stranger.glasses, stranger.counts])).not.toContain(ALICE);
  await stranger.worsen(BOB, { latency: 500 });
  expect(alice.conditions[ALICE]?.latency).toBe(0);
});

test('a reader’s conditions hold for all that bears its tag, and for nothing else', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { tags: [ALICE] });
  await watch.worsen(ALICE, { latency: 300 });
  const timed = async (query: string) => {
    const began = performance.now();
    await (await fetch(`${messagesAt(app.url, 'kitchen')}?${query}`)).text();
    return performance.now() - began;
  };
  expect(await timed(of(ALICE, 1))).toBeGreaterThan(290);
  expect(await timed(of(BOB, 1))).toBeLessThan(150);
  await watch.worsen(ALICE, null);
  expect(await timed(of(ALICE, 2))).toBeLessThan(150);
});

test('what makes no sense is told, and the watch goes on', async () => {
  await using app = await openApp();
  await using watch = await observe(app.port, { tags: [ALICE] });
  const problems: string[] = [];
  watch.socket.on('message', (data: Buffer) => {
    const told = JSON.parse(data.toString()) as { problem?: { detail: string } };
    if (told.problem) problems.push(told.problem.detail);
  });
  for (const nonsense of [
    42,
    { watch: ['short'] },
    { watch: Array.from({ length: 300 }, () => ALICE) },
    { conditions: { latency: -1 }, tag: ALICE },
    { conditions: { latency: 1 }, tag: '../..' },
  ])
    watch.ask(nonsense);
  await expect.poll(() => problems.length).toBe(5);
  watch.ask({ ping: 7 });
  const pong = new Promise((resolve) =>
    watch.socket.on('message', (data: Buffer) => {
      const told = JSON.parse(data.toString()) as { pong?: number; at?: number; wire?: number };
      if (told.pong === 7) resolve(Math.abs((told.at ?? 0) - (told.wire ?? 0)));
    }),
  );
  expect(await pong).toBeLessThan(1_000);
});

test('more than can be told is left out, oldest first, and that is said', async () => {
  await using app = await openApp({
    env: { MESSAGES_PER_SECOND: '100000', MESSAGE_BURST: '100000' },
  });
  await using watch = await observe(app.port, { tags: [ALICE] });
  using flood = await openClient(app.port, `/live/websocket/room/kitchen/?${of(ALICE, 1)}`);
  for (let n = 0; n < 5_000; n += 1) flood.ws.send('x');
  await watch.until(() => (watch.counts[ALICE]?.upBodies ?? 0) >= 5_000);
  await expect.poll(() => watch.events.length + watch.dropped).toBeGreaterThanOrEqual(10_000);
  expect(watch.dropped).toBeGreaterThan(0);
});

test('a bad network does not keep a server that stops', async () => {
  const app = await openApp();
  const watch = await observe(app.port, { tags: [ALICE] });
  using alice = await openClient(app.port, `/live/websocket/room/kitchen/?${of(ALICE, 1)}`);
  await watch.worsen(ALICE, { latency: 3_000, slowClose: 10_000 });
  const closed = once(alice.ws, 'close');
  const began = performance.now();
  await app.stop();
  expect(performance.now() - began).toBeLessThan(2_500);
  expect((await closed)[0]).toBe(1001);
});
