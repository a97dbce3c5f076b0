import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import {
  asApplication,
  type Handlers,
  InMemoryChannelLayer,
  type LayerMessage,
  WebSocketConsumer,
} from '../../server/channels/index.ts';
import { Bundle, Outbox } from '../../server/channels/outbox.ts';
import { Turns } from '../../server/channels/turns.ts';
import { closeOf, serve, textOf } from './support.ts';

test('P51: work for many is done in pieces, and others have their turn in between', async () => {
  const done: number[] = [];
  let finished = 0;
  const work = Promise.withResolvers<void>();
  const turns = new Turns<number>(
    (item) => done.push(item),
    () => {
      finished += 1;
      work.resolve();
    },
  );
  for (let item = 0; item < 1_000; item += 1) turns.add(item);
  expect(done).toEqual([]); // not before this turn is over
  let between = 0;
  while (finished === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    between += 1;
  }
  await work.promise;
  expect(between).toBeGreaterThan(5);
  expect(done).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
  expect(finished).toBe(1);
});

test('P51: what comes up while it is done is done too, in its order', async () => {
  const done: number[] = [];
  const work = Promise.withResolvers<void>();
  const turns = new Turns<number>((item) => {
    done.push(item);
    if (item < 300) turns.add(item + 300);
  }, work.resolve);
  for (let item = 0; item < 300; item += 1) turns.add(item);
  await work.promise;
  expect(done).toEqual(Array.from({ length: 600 }, (_, item) => item));
});

test('P51: what was done is let go of, though there is always more to do', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const enough = Promise.withResolvers<void>();
  let made = 0;
  const next = () => ({ made: (made += 1) });
  const first = new WeakRef(next());
  const turns = new Turns<object>(() => {
    if (made < 1_000) turns.add(next());
    else if (made === 1_000) {
      collect();
      enough.resolve();
    }
  });
  const begin = () => [first.deref() ?? {}, next()].forEach((item) => turns.add(item));
  begin();
  await enough.promise;
  expect(first.deref()).toBeUndefined();
});

test('P51: a sender who waits has waited for all, and no member loses anything', async () => {
  const layer = new InMemoryChannelLayer();
  let heard = 0;
  const members = 1_000;
  for (let many = 0; many < members; many += 1) {
    const channel = await layer.newChannel();
    layer.consume(channel, () => void (heard += 1));
    await layer.groupAdd('all', channel);
  }
  for (let sent = 0; sent < 300; sent += 1) await layer.groupSend('all', { type: 'say' });
  while (heard + layer.counters.dropped.full < 300 * members)
    await new Promise((resolve) => setImmediate(resolve));
  expect(layer.counters.dropped.full).toBe(0);
});

test('P23: who takes at once loses nothing, however much comes in one turn', async () => {
  const layer = new InMemoryChannelLayer({ capacity: 10 });
  const channel = await layer.newChannel();
  const heard: unknown[] = [];
  layer.consume(channel, ({ number }) => {
    heard.push(number);
    // To itself, while it takes: it is told that when it is done.
    if (number === 0) void layer.send(channel, { type: 'say', number: 'again' });
  });
  const all = Array.from({ length: 35 }, (_, number) => number);
  await Promise.all(all.map((number) => layer.send(channel, { type: 'say', number })));
  while (heard.length < 36) await new Promise((resolve) => setImmediate(resolve));
  expect(heard.filter((number) => number !== 'again')).toEqual(all);
});

test('P51: one peer that sends much at once does not keep others waiting', async () => {
  const handled: string[] = [];
  class Busy extends WebSocketConsumer {
    override receive(text: string) {
      handled.push(text);
      const end = performance.now() + (text === 'work' ? 5 : 0);
      while (performance.now() < end);
      if (handled.length === 16) this.send('all');
    }
  }
  const { open } = await serve(asApplication(Busy));
  const [busy, other] = [await open(), await open()];
  const all = Promise.race([textOf(busy), textOf(other)]);
  for (let sent = 0; sent < 15; sent += 1) busy.send('work');
  other.send('hello');
  await all;
  expect(handled.indexOf('hello')).toBeLessThan(10);
});

test('P41: what is sent before a close leaves before it', async () => {
  class Farewell extends WebSocketConsumer {
    override receive(text: string) {
      for (const word of text) this.send(word);
      this.close(4000, 'that was all');
    }
  }
  const { open } = await serve(asApplication(Farewell));
  const ws = await open();
  const heard: string[] = [];
  ws.on('message', (data: Buffer) => heard.push(data.toString()));
  ws.send('abc');
  expect(await closeOf(ws)).toEqual({ code: 4000, reason: 'that was all' });
  expect(heard).toEqual(['a', 'b', 'c']);
});

test('P52: what was shared in a turn is forgotten after it', async () => {
  const outbox = new Outbox();
  const before = outbox.empty;
  const flushed = new Promise<void>((resolve) => outbox.add({ flush: resolve }));
  before.and('a');
  await flushed;
  await new Promise((resolve) => setImmediate(resolve));
  expect(outbox.empty).not.toBe(before);
});

test('P52: members are given the same message, frozen, and so is what is in it', async () => {
  const layer = new InMemoryChannelLayer();
  const heard: LayerMessage[] = [];
  for (let many = 0; many < 3; many += 1) {
    const channel = await layer.newChannel();
    layer.consume(channel, (message) => void heard.push(message));
    await layer.groupAdd('all', channel);
  }
  await layer.groupSend('all', { type: 'say', words: { text: 'hi' } });
  while (heard.length < 3) await new Promise((resolve) => setImmediate(resolve));
  expect(new Set(heard).size).toBe(1);
  expect(Object.isFrozen(heard[0]?.['words'])).toBe(true);
});

test('P52: a consumer that takes its time is given one message after another', async () => {
  const layer = new InMemoryChannelLayer();
  const channel = await layer.newChannel();
  const log: string[] = [];
  const all = Promise.withResolvers<void>();
  layer.consume(channel, async ({ type }) => {
    log.push(`${type} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    log.push(`${type} ends`);
    if (type === 'c') all.resolve();
  });
  for (const type of ['a', 'b', 'c']) await layer.send(channel, { type });
  await all.promise;
  expect(log).toEqual(['a', 'b', 'c'].flatMap((type) => [`${type} begins`, `${type} ends`]));
});

test('P52: what many are sent alike is framed once and joined once', () => {
  const empty = new Bundle();
  const [one, two] = [empty.and('a').and('b'), empty.and('a').and('b')];
  expect(two).toBe(one);
  expect(two.bytes).toBe(one.bytes);
  expect([...one.bytes]).toEqual([0x81, 1, 97, 0x81, 1, 98]);
  expect([...empty.and('a').and('x').bytes]).toEqual([0x81, 1, 97, 0x81, 1, 120]);
  const bytes = Uint8Array.of(1);
  const [mine, yours] = [empty.and(bytes), empty.and(bytes)];
  expect(mine).not.toBe(yours);
  bytes[0] = 9; // it was taken as it was
  expect([...mine.bytes]).toEqual([0x82, 1, 1]);
});

test.each([0, 1, 125, 126, 65_535, 65_536])(
  'P52: a text of %i bytes is whole, and who is told something else in between is told it there',
  async (length) => {
    const layer = new InMemoryChannelLayer();
    let members = 0;
    class Member extends WebSocketConsumer {
      override readonly groups = ['all'];
      readonly #isSecond = (members += 1) === 2;
      override readonly handlers: Handlers = {
        say: ({ text }) => {
          if (this.#isSecond) this.send('for you alone');
          if (typeof text === 'string') this.send(text);
        },
      };
    }
    const { open, server } = await serve(asApplication(Member, { layer }));
    const sockets: Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const clients = [await open('/', { maxPayload: 0 }), await open(), await open()];
    const heard = clients.map((client) => {
      const texts: string[] = [];
      client.on('message', (data: Buffer) => texts.push(data.toString()));
      return texts;
    });
    const text = 'x'.repeat(length);
    for (let many = 0; many < 3; many += 1) await layer.groupSend('all', { type: 'say', text });
    await layer.groupSend('all', { type: 'say', text: 'end' });
    while (heard.some((texts) => texts.at(-1) !== 'end'))
      await Promise.race(clients.map((client) => once(client, 'message')));
    const plain = [text, text, text, 'end'];
    expect(heard[0]).toEqual(plain);
    expect(heard[1]).toEqual(plain.flatMap((one) => ['for you alone', one]));
    expect(heard[2]).toEqual(plain);
  },
);
