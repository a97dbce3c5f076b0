import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { RedisLayer } from '../../server/channels/index.ts';
import { monitor } from '../support/monitor.ts';
import { drain } from './layer-contract.ts';
import {
  coreOn,
  linkTo,
  pubSubOn,
  queueOf,
  redisOfFile,
  storedAt,
  theirChannel,
} from './redis-support.ts';

const redis = redisOfFile();

test('P45: a burst of a thousand keeps its order, by scores that only rise', async () => {
  const [layer, reader] = [
    await coreOn(redis(), { capacity: 2_000 }),
    await coreOn(redis(), { capacity: 2_000 }),
  ];
  const [tasks, member] = ['tasks', await reader.newChannel()];
  await reader.groupAdd('room', member);
  const numbers = Array.from({ length: 1_000 }, (_, n) => n);
  await Promise.all(numbers.map((n) => layer.send(tasks, { type: 'n', n })));
  await Promise.all(numbers.map((n) => layer.groupSend('room', { type: 'n', n })));
  const scores = (await storedAt(layer.link, 'asgitasks')).map(({ score }) => score);
  expect(scores).toHaveLength(1_000);
  expect(scores.every((score, n) => n === 0 || score > (scores[n - 1] ?? 0))).toBe(true);
  const waiting = await storedAt(layer.link, 'asgitasks');
  expect(waiting.map(({ value }) => decode(value.subarray(12)))).toEqual(
    numbers.map((n) => ({ type: 'n', n })),
  );
  expect((await drain(reader, member, layer)).map(({ n }) => n)).toEqual(numbers);
});

test('P45: a clock that goes back does not turn the order round', async () => {
  let now = Date.now();
  const layer = await coreOn(redis(), { now: () => now });
  await layer.send('tasks', { type: 'n', n: 1 });
  now -= 30_000;
  await layer.send('tasks', { type: 'n', n: 2 });
  expect(await layer.receive('tasks')).toMatchObject({ n: 1 });
});

test('P24: in Redis, what is older than the expiry goes as the next message comes', async () => {
  const layer = await coreOn(redis(), { expiry: 60 });
  const old = { score: Date.now() / 1000 - 62, value: 'old' };
  await layer.link.run((client) => client.zAdd('asgitasks', old));
  await layer.send('tasks', { type: 'a' });
  expect(await storedAt(layer.link, 'asgitasks')).toHaveLength(1);
});

test('P22: what a worker took and did not finish is taken again', async () => {
  const layer = await coreOn(redis());
  await layer.send('tasks', { type: 'a' });
  await layer.link.run((client) => client.rename('asgitasks', 'asgitasks$inflight'));
  expect(await layer.receive('tasks')).toEqual({ type: 'a' });
});

test('P28: a worker that stops waiting leaves the message to another', async () => {
  const [one, two] = [await coreOn(redis()), await coreOn(redis())];
  const watch = await monitor(redis());
  const stop = new AbortController();
  const first = expect(one.receive('tasks', stop.signal)).rejects.toThrow('waits');
  await watch.saw(/^BZPOPMIN asgitasks/);
  stop.abort();
  await first;
  await two.send('tasks', { type: 'a' });
  expect(await two.receive('tasks')).toEqual({ type: 'a' });
});

test('P49: a membership is renewed while its channel is open', async () => {
  const [layer, sender] = [
    await coreOn(redis(), { groupExpiry: 4 }),
    await coreOn(redis(), { groupExpiry: 4 }),
  ];
  const channel = await layer.newChannel();
  await layer.groupAdd('room', channel);
  const watch = await monitor(redis());
  const again = await watch.saw(new RegExp(`^ZADD asgi:group:room [\\d.]+ ${channel}$`));
  expect(again).toHaveLength(4);
  await sender.groupSend('room', { type: 'a' });
  expect(await layer.receive(channel)).toEqual({ type: 'a' });
});

test('P48: a clean stop leaves nothing in Redis', async () => {
  const layer = await coreOn(redis());
  const [one, two] = [await layer.newChannel(), await layer.newChannel('other')];
  await layer.groupAdd('room', one);
  await layer.groupAdd('room', two);
  await layer.groupAdd('hall', two);
  await layer.release(one);
  const { link } = await coreOn(redis());
  expect(await link.run((client) => client.zRange('asgi:group:room', 0, -1))).toEqual([two]);
  await layer.send(two, { type: 'a' });
  const watch = await monitor(redis());
  await layer.close();
  await watch.saw(/^DEL /);
  expect(await link.run((client) => client.keys('*'))).toEqual([]);
});

test('P50: a group is shown as it stands in Redis, and of the queues only what is for it', async () => {
  const [layer, other] = [await coreOn(redis()), await coreOn(redis())];
  const theirs = ['a', 'b'].map(theirChannel);
  const [member = '', stranger = ''] = theirs;
  const join = (key: string, value: string) =>
    other.link.run((client) => client.zAdd(key, { value, score: Date.now() / 1000 }));
  await join('asgi:group:room', member);
  await join('asgi:group:secret', stranger);
  const own = await layer.newChannel();
  await layer.groupAdd('room', own);
  await layer.groupSend('room', { type: 'a', text: 'for all', n: 2n ** 60n });
  await layer.groupSend('secret', { type: 'a', text: 'a secret' });
  const { stored: shown, ...rest } = await layer.describe('room');
  expect(rest).toMatchObject({ many: 1, members: [{ channel: own }] });
  const [members, ...queues] = shown ?? [];
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
  expect(members).toEqual({
    key: 'asgi:group:room',
    kind: 'members',
    many: 2,
    entries: [member, own].map(
      (name) => expect.stringMatching(new RegExp(`^${time} ${name}$`)) as string,
    ),
  });
  const text = String.raw`\{"type":"a","text":"for all","n":"1152921504606846976"\}`;
  expect(queues).toContainEqual({
    key: queueOf(member),
    kind: 'queue',
    many: 2,
    entries: [expect.stringMatching(new RegExp(`^${time} ${text}$`))],
  });
  expect(JSON.stringify(shown)).not.toContain('secret');
});

test('P50: of publish and subscribe there is nothing but the subscribers', async () => {
  const [layer, other] = [await pubSubOn(redis()), await pubSubOn(redis())];
  for (const each of [layer, layer, other]) await each.groupAdd('room', await each.newChannel());
  const { many, stored: shown } = await layer.describe('room');
  expect(many).toBe(2);
  expect(shown).toEqual([{ key: 'asgi__group__room', kind: 'subscribers', many: 2, entries: [] }]);
});

test('P48: a thousand channels that end at once are a thousand removals, no more', async () => {
  const layer = await coreOn(redis());
  const channels = await Promise.all(Array.from({ length: 1_000 }, () => layer.newChannel()));
  await Promise.all(channels.map((channel) => layer.groupAdd('room', channel)));
  const watch = await monitor(redis());
  await Promise.all(channels.map((channel) => layer.release(channel)));
  const removed = (await watch.commands()).filter(([name]) => name === 'ZREM');
  expect(removed.flatMap((command) => command.slice(2)).sort()).toEqual(channels.sort());
});

test('P48: who leaves, joins and leaves again without waiting, has left', async () => {
  const layer = await coreOn(redis());
  const channel = await layer.newChannel();
  await layer.groupAdd('room', channel);
  const members = () => layer.link.run((client) => client.zRange('asgi:group:room', 0, -1));
  const leave = () => layer.groupDiscard('room', channel);
  await Promise.all([leave(), layer.groupAdd('room', channel), leave()]);
  expect(await members()).toEqual([]);
  await Promise.all([layer.groupAdd('room', channel), leave(), layer.groupAdd('room', channel)]);
  expect(await members()).toEqual([channel]);
});

test('P47: what Redis refuses is tried again, without haste', async () => {
  const layer = await coreOn(redis());
  const watch = await monitor(redis());
  const channel = await layer.newChannel();
  await watch.next(/^BZPOPMIN/);
  await layer.link.run(async (client) => {
    await client.set(queueOf(channel), 'no sorted set');
    const clients = await client.clientList();
    const blocked = clients.findLast(({ cmd }) => cmd === 'bzpopmin');
    await client.clientUnblock(Number(blocked?.id));
  });
  const start = performance.now();
  for (let time = 0; time < 4; time++) await watch.next(/^BZPOPMIN/);
  expect(performance.now() - start).toBeGreaterThan(250);
  await layer.link.run((client) => client.del(queueOf(channel)));
  await layer.send(channel, { type: 'b' });
  expect(await layer.receive(channel)).toEqual({ type: 'b' });
});

test.for([{ capacity: 0 }, { expiry: 0.5 }, { groupExpiry: -1 }])(
  '%j is a TypeError',
  async (wrong) => {
    const link = await linkTo(redis());
    expect(() => new RedisLayer({ link, ...wrong })).toThrow('Give a whole number');
  },
);
