import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { listen } from '../../src/lessons/long-polling/by-recursion.ts';
import { parseReading } from '../../src/protocol/message.ts';
import { Exchanges, newTag } from '../../src/transports/exchanges.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import type { Traffic } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { observe } from '../support/observe.ts';
import { openApp } from '../support/open-app.ts';
import { collect, once, transportContract } from './contract.ts';

const roomOf = (url: string, room: string) => `${url}/live/long-polling/rooms/${room}`;

transportContract({
  name: 'long-polling',
  connect: (url, room, { patient, ...options }) =>
    new LongPollingTransport(roomOf(url, room), {
      wait: patient ? 25 : 20,
      retry: () => 5,
      ...options,
    }),
});

const open = (url: string, room: string, sender: string, exchanges = new Exchanges()) =>
  new LongPollingTransport(roomOf(url, room), { sender, exchanges, retry: () => 5 });

/** Resolves with the first traffic of a transport that is as wanted. */
const traffic = (transport: LongPollingTransport, wanted: (traffic: Traffic) => boolean) =>
  new Promise<Traffic>((resolve) => {
    transport.addEventListener('traffic', ({ detail }) => wanted(detail) && resolve(detail));
  });

/** How many of a room's readers are held, and how many there are. */
async function readers(url: string, room: string) {
  const response = await fetch(`${roomOf(url, room)}/readers`);
  const { readers, many } = (await response.json()) as {
    readers: { held: boolean; owed: number }[];
    many: number;
  };
  return { held: readers.filter(({ held }) => held).length, many };
}

async function until(true_: () => Promise<boolean>) {
  while (!(await true_()));
}

test('a message whose answer was lost comes with the next one, once', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const tag = newTag();
  await using watch = await observe(app.port, { lesson: 'long-polling', room, tags: [tag] });
  const alice = open(app.url, room, 'Alice', new Exchanges(tag));
  const bob = open(app.url, room, 'Bob');
  await Promise.all([once(alice, 'open'), once(bob, 'open')]);
  const inbox = collect(alice);
  await watch.worsen(tag, { resetPeer: 1 });
  const lost = traffic(alice, ({ kind }) => kind === 'failure');
  await bob.send('important');
  await lost;
  await watch.worsen(tag, null);
  await inbox.atLeast(1);
  await bob.send('more');
  await inbox.atLeast(2);
  expect(inbox.texts()).toEqual(['important', 'more']);
  alice.close();
  bob.close();
});

test('without a queue, of twenty that come in one instant nineteen are lost', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const group = `${app.url.replace('http', 'ws')}/live/channel-layer/room/${room}/`;
  const bob = new WebSocketTransport(group, { sender: 'Bob' });
  const alice = new LongPollingTransport(roomOf(app.url, room), {
    sender: 'Alice',
    queueless: true,
  });
  await Promise.all([once(alice, 'open'), once(bob, 'open')]);
  const [heard, all] = [collect(alice), collect(bob)];
  // Her question that is held: what it was asked for with has been answered.
  await fetch(`${app.url}/healthz`);
  for (let place = 1; place <= 20; place += 1) void bob.send(`${place}`);
  await all.atLeast(20);
  await heard.atLeast(1);
  expect(heard.texts()).toEqual(['1']);
  alice.close();
  bob.close();
});

test('asks anew when the hold is changed, and holds for so long', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const alice = open(app.url, room, 'Alice');
  await once(alice, 'open');
  await until(async () => (await readers(app.url, room)).held === 1);
  const answered = traffic(alice, ({ kind }) => kind === 'response');
  alice.wait = 0.05;
  expect(await answered).toMatchObject({ status: 200, messages: [] });
  alice.close();
});

test('says goodbye: the server forgets a reader that closes', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const alice = open(app.url, room, 'Alice');
  await once(alice, 'open');
  await until(async () => (await readers(app.url, room)).held === 1);
  alice.close();
  await until(async () => (await readers(app.url, room)).many === 0);
});

test('a reader that the server forgot goes on from its cursor', async () => {
  await using app = await openApp({ env: { ROOM_READERS: '2' } });
  const room = randomRoom();
  const [alice, bob] = [open(app.url, room, 'Alice'), open(app.url, room, 'Bob')];
  await Promise.all([once(alice, 'open'), once(bob, 'open')]);
  const inbox = collect(alice);
  await bob.send('one');
  await inbox.atLeast(1);
  // The server starts anew: it knows neither the readers nor the log.
  await app.stop();
  await using again = await openApp({ port: app.port });
  await Promise.all([once(alice, 'open'), once(bob, 'open')]);
  await bob.send('two');
  await inbox.atLeast(2);
  expect(inbox.texts()).toEqual(['one', 'two']);
  alice.close();
  bob.close();
  await again.stop();
});

test('the recursion that the lesson compares it with hears the same', async () => {
  await using app = await openApp();
  const room = randomRoom();
  const made = await fetch(`${roomOf(app.url, room)}/readers`, { method: 'POST' });
  const { reader } = (await made.json()) as { reader: string };
  const stop = new AbortController();
  const ask = async (after?: string) => {
    const query = new URLSearchParams({ wait: '5', ...(after !== undefined && { after }) });
    const url = `${roomOf(app.url, room)}/readers/${reader}/messages?${query}`;
    const response = await fetch(url, { signal: stop.signal }).catch(() => undefined);
    const reading = response && parseReading(await response.json());
    return reading?.ok ? reading.value : undefined;
  };
  const texts: string[] = [];
  const { promise: three, resolve } = Promise.withResolvers<void>();
  const listening = listen(ask, (text) => texts.push(text) === 3 && resolve());
  const bob = open(app.url, room, 'Bob');
  await once(bob, 'open');
  for (const text of ['one', 'two', 'three']) await bob.send(text);
  await three;
  expect(texts).toEqual(['one', 'two', 'three']);
  stop.abort();
  await listening;
  bob.close();
});
