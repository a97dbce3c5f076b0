import { decode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { RedisLayer } from '../../server/channels/index.ts';
import { monitor } from '../support/monitor.ts';
import { settle } from './layer-contract.ts';
import { coreOn, pubSubOn, queueOf, redisOfFile, storedAt, theirChannel } from './redis-support.ts';

const redis = redisOfFile();

const SECONDS = /^\d{10}(\.\d{1,6})?$/;

test('P43: core asks of Redis what channels_redis asks, call by call', async () => {
  const layer = await coreOn(redis());
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
  const layer = await coreOn(redis());
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
  const layer = await pubSubOn(redis());
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
  const layer = await coreOn(redis());
  const theirs = theirChannel('1'.repeat(32));
  const message = { type: 'chat.message', text: 'hé', n: 1, f: 1.5, b: Uint8Array.of(0, 255) };
  await layer.send(theirs, { ...message, none: null, l: [1, 2], t: true });
  await layer.send(theirs, { type: 'a', text: 'x\ud800y' });
  await layer.send('tasks', { type: 'a' });
  const [first, second] = await storedAt(layer.link, queueOf(theirs));
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
  const [task] = await storedAt(layer.link, 'asgitasks');
  expect(task?.value.toString('hex', 12)).toBe('81a474797065a161');
});

test('P43: a group message names every member that shares the queue, in an array', async () => {
  const layer = await coreOn(redis());
  const theirs = ['a', 'b'].map(theirChannel);
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
    const [first, ...others] = await storedAt(layer.link, key);
    expect(others).toEqual([]);
    expect(decode(first?.value.subarray(12) ?? [])).toEqual({ type: 'a', __asgi_channel__: names });
    expect(await layer.link.run((client) => client.ttl(key))).toBeGreaterThan(50);
  }
});

test('P43: another prefix is another layer', async () => {
  const [one, two] = [
    await coreOn(redis(), { prefix: 'one' }),
    await coreOn(redis(), { prefix: 'two' }),
  ];
  await one.send('tasks', { type: 'a' });
  expect(await one.link.run((client) => client.keys('*'))).toEqual(['onetasks']);
  await two.flush();
  expect(await one.receive('tasks')).toEqual({ type: 'a' });
  expect(() => new RedisLayer({ link: one.link, prefix: 'a*' })).toThrow(/is no prefix/);
});
