import { decode } from '@msgpack/msgpack';
import { expect, onTestFinished, test } from 'vitest';
import {
  RedisLayer,
  RedisPubSubLayer,
  type RedisCoreOptions,
  type RedisLink,
} from '../../server/channels/index.ts';
import { asBytes } from '../../server/channels/layers/redis-reader.ts';
import { monitor } from '../support/monitor.ts';
import { drain, settle } from './layer-contract.ts';
import { linkTo, redisOfFile } from './redis-support.ts';

const redis = redisOfFile();

async function core(options: Partial<RedisCoreOptions> = {}): Promise<RedisLayer> {
  const layer = new RedisLayer({ link: await linkTo(redis()), ...options });
  onTestFinished(() => layer.close());
  return layer;
}

async function pubsub(): Promise<RedisPubSubLayer> {
  const layer = new RedisPubSubLayer({ link: await linkTo(redis()) });
  onTestFinished(() => layer.close());
  return layer;
}

/** The queue that a channel's messages stand in, and the bytes that stand there. */
const queueOf = (channel: string) => `asgi${channel.slice(0, channel.indexOf('!') + 1)}`;
const stored = (link: RedisLink, key: string) =>
  link.run((client) => asBytes(client).zRangeWithScores(key, 0, -1));

const SECONDS = /^\d{10}(\.\d{1,6})?$/;

test('P43: core asks of Redis what channels_redis asks, call by call', async () => {
  const layer = await core();
  const watch = await monitor(redis());
  const channel = await layer.newChannel();
  const queue = queueOf(channel);
  expect(channel).toMatch(/^specific\.[0-9a-f]{32}![0-9a-f]{32}$/);
  await watch.saw(/^BZPOPMIN/);
  expect(await watch.commands()).toEqual([['BZPOPMIN', queue, '5']]);

  await layer.groupAdd('room', channel);
  expect(await watch.commands()).toEqual([
    ['ZADD', 'asgi:group:room', expect.stringMatching(/^\d{10}(\.\d+)?$/), channel],
    ['EXPIRE', 'asgi:group:room', '86400'],
  ]);

  await layer.send('tasks', { type: 'a' });
  const [clean, count, add, expire] = await watch.commands();
  const minuteAgo = String(Math.floor(Date.now() / 1000) - 60);
  expect(clean).toEqual(['ZREMRANGEBYSCORE', 'asgitasks', '0', expect.any(String)]);
  expect(Math.abs(Number(clean?.[3]) - Number(minuteAgo))).toBeLessThanOrEqual(2);
  expect(count).toEqual(['ZCOUNT', 'asgitasks', '-inf', '+inf']);
  expect(add).toEqual(['ZADD', 'asgitasks', expect.stringMatching(SECONDS), expect.any(String)]);
  expect(expire).toEqual(['EXPIRE', 'asgitasks', '60']);

  await layer.groupSend('room', { type: 'a' });
  await settle(layer);
  const sent = (await watch.commands()).slice(0, 6);
  expect(sent.map((command) => command.slice(0, 2))).toEqual([
    ['ZREMRANGEBYSCORE', 'asgi:group:room'],
    ['ZRANGE', 'asgi:group:room'],
    ['MULTI'],
    ['ZREMRANGEBYSCORE', queue],
    ['EXEC'],
    ['EVAL', expect.stringContaining("redis.call('ZADD', KEYS[i], score, ARGV[i])")],
  ]);
  const [many, key, , capacity, score, expiry] = sent[5]?.slice(2) ?? [];
  expect([many, key, capacity, expiry]).toEqual(['1', queue, '100', '60']);
  expect(score).toMatch(SECONDS);

  await layer.groupDiscard('room', channel);
  expect(await watch.commands()).toContainEqual(['ZREM', 'asgi:group:room', channel]);
});

test('P43: core reads a channel that is shared by name as channels_redis does', async () => {
  const layer = await core();
  await layer.send('tasks', { type: 'a' });
  const watch = await monitor(redis());
  expect(await layer.receive('tasks')).toEqual({ type: 'a' });
  await watch.saw(/^ZREM /);
  expect((await watch.commands()).map((command) => command.slice(0, 2))).toEqual([
    ['EVAL', expect.stringContaining("redis.call('DEL', ARGV[2])")],
    ['BZPOPMIN', 'asgitasks'],
    ['ZADD', 'asgitasks$inflight'],
    ['ZREM', 'asgitasks$inflight'],
  ]);
});

test('P43: publish and subscribe asks what channels_redis asks, call by call', async () => {
  const layer = await pubsub();
  const watch = await monitor(redis());
  const channel = await layer.newChannel();
  expect(channel).toMatch(/^asgispecific\.[0-9a-f]{32}$/);
  expect(await watch.commands()).toEqual([['SUBSCRIBE', channel]]);
  const other = await layer.newChannel();
  await layer.groupAdd('room', channel);
  await layer.groupAdd('room', other);
  expect(await watch.commands()).toEqual([
    ['SUBSCRIBE', other],
    ['SUBSCRIBE', 'asgi__group__room'],
  ]);
  await layer.send(channel, { type: 'a' });
  await layer.groupSend('room', { type: 'a' });
  expect(await watch.commands()).toEqual([
    ['PUBLISH', channel, '\\x81\\xa4type\\xa1a'],
    ['PUBLISH', 'asgi__group__room', '\\x81\\xa4type\\xa1a'],
  ]);
  await layer.groupDiscard('room', channel);
  await layer.release(other);
  expect(await watch.commands()).toEqual([
    ['UNSUBSCRIBE', other],
    ['UNSUBSCRIBE', 'asgi__group__room'],
  ]);
});

test('P43: a queued message is twelve random bytes and a msgpack map', async () => {
  const layer = await core();
  const theirs = `specific.${'0'.repeat(32)}!${'1'.repeat(32)}`;
  const message = { type: 'chat.message', text: 'hé', n: 1, f: 1.5, b: Uint8Array.of(0, 255) };
  await layer.send(theirs, { ...message, none: null, l: [1, 2], t: true });
  await layer.send(theirs, { type: 'a', text: 'x\ud800y' });
  await layer.send('tasks', { type: 'a' });
  const [first, second] = await stored(layer.link, queueOf(theirs));
  const [hex, salt] = [first?.value.toString('hex', 12), first?.value.toString('hex', 0, 12)];
  expect(hex).toBe(
    [
      ['89', 'a4', 'type', 'ac', 'chat.message', 'a4', 'text', 'a3', 'hé', 'a1', 'n', '01'],
      ['a1', 'f', 'cb3ff8000000000000', 'a1', 'b', 'c40200ff', 'a4', 'none', 'c0'],
      ['a1', 'l', '920102', 'a1', 't', 'c3', 'b0', '__asgi_channel__', 'd94a', theirs],
    ]
      .flat()
      .map((word) => (/^[0-9a-f]{2,}$/.test(word) ? word : Buffer.from(word).toString('hex')))
      .join(''),
  );
  expect(salt).toMatch(/^[0-9a-f]{24}$/);
  expect(second?.value.toString('hex', 0, 12)).not.toBe(salt);
  expect(decode(second?.value.subarray(12) ?? [])).toMatchObject({ text: 'x\ufffdy' });
  const [task] = await stored(layer.link, 'asgitasks');
  expect(task?.value.toString('hex', 12)).toBe('81a474797065a161');
});

test('P43: a group message names every member that shares the queue, in an array', async () => {
  const layer = await core();
  const theirs = ['a', 'b'].map((name) => `specific.${'0'.repeat(32)}!${name}`);
  await layer.link.run((client) =>
    client.zAdd(
      'asgi:group:room',
      [...theirs, 'tasks'].map((value, n) => ({ value, score: Date.now() / 1000 + n })),
    ),
  );
  await layer.groupSend('room', { type: 'a' });
  for (const [key, names] of [
    [queueOf(theirs[0] ?? ''), theirs],
    ['asgitasks', ['tasks']],
  ] as const) {
    const [first, ...others] = await stored(layer.link, key);
    expect(others).toEqual([]);
    expect(decode(first?.value.subarray(12) ?? [])).toEqual({ type: 'a', __asgi_channel__: names });
    expect(await layer.link.run((client) => client.ttl(key))).toBeGreaterThan(50);
  }
});

test('P43: another prefix is another layer', async () => {
  const [one, two] = [await core({ prefix: 'one' }), await core({ prefix: 'two' })];
  await one.send('tasks', { type: 'a' });
  expect(await one.link.run((client) => client.keys('*'))).toEqual(['onetasks']);
  await two.flush();
  expect(await one.receive('tasks')).toEqual({ type: 'a' });
  expect(() => new RedisLayer({ link: one.link, prefix: 'a*' })).toThrow(/is no prefix/);
});

test('P45: a burst of a thousand keeps its order, by scores that only rise', async () => {
  const [layer, reader] = [await core({ capacity: 2_000 }), await core({ capacity: 2_000 })];
  const [tasks, member] = ['tasks', await reader.newChannel()];
  await reader.groupAdd('room', member);
  const numbers = Array.from({ length: 1_000 }, (_, n) => n);
  await Promise.all(numbers.map((n) => layer.send(tasks, { type: 'n', n })));
  await Promise.all(numbers.map((n) => layer.groupSend('room', { type: 'n', n })));
  const scores = (await stored(layer.link, 'asgitasks')).map(({ score }) => score);
  expect(scores).toHaveLength(1_000);
  expect(scores.every((score, n) => n === 0 || score > (scores[n - 1] ?? 0))).toBe(true);
  const waiting = await stored(layer.link, 'asgitasks');
  expect(waiting.map(({ value }) => decode(value.subarray(12)))).toEqual(
    numbers.map((n) => ({ type: 'n', n })),
  );
  expect((await drain(reader, member, layer)).map(({ n }) => n)).toEqual(numbers);
});

test('P45: a clock that goes back does not turn the order round', async () => {
  let now = Date.now();
  const layer = await core({ now: () => now });
  await layer.send('tasks', { type: 'n', n: 1 });
  now -= 30_000;
  await layer.send('tasks', { type: 'n', n: 2 });
  expect(await layer.receive('tasks')).toMatchObject({ n: 1 });
});

const map = (...parts: string[]) => Buffer.from(parts.join(''), 'hex');
const TYPE = '81a474797065a161'; // { type: 'a' }
const poison: [string, Buffer][] = [
  ['that is no msgpack', map('c1')],
  ['that is cut off', map('82a474797065a161')],
  ['with bytes after its end', map(TYPE, '00')],
  ['that is no map', map('93010203')],
  ['without a type', map('80')],
  ['with a key that is a number', map('82a474797065a161', '01', '01')],
  ['with a key __proto__', map('82a474797065a161', 'a95f5f70726f746f5f5f', '80')],
  ['with a date', map('82a474797065a161', 'a178', 'd6ff00000000')],
  ['with an integer beyond 64 bits', map('82a474797065a161', 'a178', 'cfffffffffffffffff')],
  ['that is nested too deeply', map('82a474797065a161', 'a178', '91'.repeat(100), 'c0')],
  ['that claims to be huge', map('ddffffffff')],
  ['that is empty', Buffer.alloc(0)],
];

test.for([...poison, ['without a target', map(TYPE)] as const])(
  'P44: core drops and counts a message %s',
  async ([, bytes]) => {
    const layer = await core();
    const channel = await layer.newChannel();
    const value = Buffer.concat([Buffer.alloc(12), bytes]);
    const put = { score: Date.now() / 1000, value };
    await layer.link.run((client) => client.zAdd(queueOf(channel), put));
    await layer.send(channel, { type: 'b' });
    expect(await drain(layer, channel)).toEqual([{ type: 'b' }]);
    expect(layer.counters.dropped).toEqual({ full: 0, expired: 0, unknown: 0, poison: 1 });
  },
);

test.for(poison)('P44: publish and subscribe drops and counts a message %s', async ([, bytes]) => {
  const layer = await pubsub();
  const channel = await layer.newChannel();
  await layer.link.run((client) => client.publish(channel, bytes));
  await layer.send(channel, { type: 'b' });
  expect(await drain(layer, channel)).toEqual([{ type: 'b' }]);
  expect(layer.counters.dropped).toEqual({ full: 0, expired: 0, unknown: 0, poison: 1 });
});

test('P44: a worker drops and counts poison, and goes on', async () => {
  const layer = await core();
  const value = Buffer.alloc(20);
  await layer.link.run((client) => client.zAdd('asgitasks', { score: 1, value }));
  const next = layer.receive('tasks');
  await layer.link.run((client) => client.zAdd('asgitasks', { score: 2, value: Buffer.alloc(13) }));
  await layer.send('tasks', { type: 'a' });
  expect(await next).toEqual({ type: 'a' });
});

test('P24: in Redis, what is older than the expiry goes as the next message comes', async () => {
  const layer = await core({ expiry: 60 });
  const old = { score: Date.now() / 1000 - 62, value: 'old' };
  await layer.link.run((client) => client.zAdd('asgitasks', old));
  await layer.send('tasks', { type: 'a' });
  expect(await stored(layer.link, 'asgitasks')).toHaveLength(1);
});

test('P22: what a worker took and did not finish is taken again', async () => {
  const layer = await core();
  await layer.send('tasks', { type: 'a' });
  await layer.link.run((client) => client.rename('asgitasks', 'asgitasks$inflight'));
  expect(await layer.receive('tasks')).toEqual({ type: 'a' });
});

test('P28: a worker that stops waiting leaves the message to another', async () => {
  const [one, two] = [await core(), await core()];
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
  const [layer, sender] = [await core({ groupExpiry: 4 }), await core({ groupExpiry: 4 })];
  const channel = await layer.newChannel();
  await layer.groupAdd('room', channel);
  const watch = await monitor(redis());
  const again = await watch.saw(new RegExp(`^ZADD asgi:group:room [\\d.]+ ${channel}$`));
  expect(again).toHaveLength(4);
  await sender.groupSend('room', { type: 'a' });
  expect(await layer.receive(channel)).toEqual({ type: 'a' });
});

test('P48: a clean stop leaves nothing in Redis', async () => {
  const layer = await core();
  const [one, two] = [await layer.newChannel(), await layer.newChannel('other')];
  await layer.groupAdd('room', one);
  await layer.groupAdd('room', two);
  await layer.groupAdd('hall', two);
  await layer.release(one);
  const { link } = await core();
  expect(await link.run((client) => client.zRange('asgi:group:room', 0, -1))).toEqual([two]);
  await layer.send(two, { type: 'a' });
  await layer.close();
  expect(await link.run((client) => client.keys('*'))).toEqual([]);
});

test('P50: a group is shown as it stands in Redis, and of the queues only what is for it', async () => {
  const [layer, other] = [await core(), await core()];
  const theirs = ['a', 'b'].map((name) => `specific.${'0'.repeat(32)}!${name}`);
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
  const [members, ...queues] = shown;
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
  const [layer, other] = [await pubsub(), await pubsub()];
  for (const each of [layer, layer, other]) await each.groupAdd('room', await each.newChannel());
  const { many, stored: shown } = await layer.describe('room');
  expect(many).toBe(2);
  expect(shown).toEqual([{ key: 'asgi__group__room', kind: 'subscribers', many: 2, entries: [] }]);
});
