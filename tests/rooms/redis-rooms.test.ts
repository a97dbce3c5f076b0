import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from 'redis';
import { START } from '../../src/protocol/cursor.ts';
import { RedisAway, RedisLink } from '../../server/channels/index.ts';
import { redisRooms } from '../../server/rooms/redis-rooms.ts';
import { type Redis, redisOfTest, startRedis } from '../support/redis.ts';
import { at, BOUNDS, roomsContract, say, texts } from './rooms-contract.ts';

let redis: Redis;
beforeAll(async () => void (redis = await startRedis()));
afterAll(() => redis.end());

/** Rooms as one process has them; two of one name are two processes. */
async function openRooms(name: string = randomUUID(), bounds = BOUNDS, url = redis.url) {
  const link = new RedisLink({ url });
  await link.settled(5_000);
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const rooms = redisRooms(link, { bounds, name, onError });
  const all = {
    ...rooms,
    link,
    errors,
    name,
    close: () => {
      rooms.close();
      void link.close();
    },
  };
  onTestFinished(() => all.close());
  return all;
}

async function openClient(url = redis.url) {
  const client = await createClient({ url }).connect();
  onTestFinished(() => client.destroy());
  return client;
}

roomsContract('in Redis', (bounds) => openRooms(randomUUID(), bounds));

test('a cursor that one process gave is good in another, which reads all that was accepted', async () => {
  const [a, b] = [await openRooms('shared'), await openRooms('shared')];
  const { id } = await a.append('kitchen', say('one'));
  expect(texts(await b.after('kitchen', START))).toEqual(['one']);
  for (let count = 0; count < 30; count += 1) {
    // What one process has accepted, the other reads at once.
    const said = await (count % 2 ? a : b).append('kitchen', say(`${count}`));
    const other = count % 2 ? b : a;
    expect((await other.after('kitchen', at(id))).after).toBe(said.id);
  }
});

test('processes that append at once make one log, without a gap, and all see the same', async () => {
  const all = await Promise.all([openRooms('busy'), openRooms('busy'), openRooms('busy')]);
  const { signal } = new AbortController();
  const heard = all.map(async (rooms) => {
    const ids: string[] = [];
    for (let cursor = '0'; ids.length < 150;) {
      const { messages, after } = await rooms.after('kitchen', at(cursor), signal);
      ids.push(...messages.map(({ id }) => id));
      cursor = after;
    }
    return ids;
  });
  const accepted = await Promise.all(
    all.flatMap((rooms) =>
      Array.from({ length: 50 }, (_, count) => rooms.append('kitchen', say(`${count}`))),
    ),
  );
  const [first, ...others] = await Promise.all(heard);
  for (const other of others) expect(other).toEqual(first);
  expect(first?.toSorted()).toEqual(accepted.map(({ id }) => id).toSorted());
  expect(first?.map((id) => at(id).sequence)).toEqual(Array.from({ length: 150 }, (_, n) => n + 1));
});

test('a message to many who wait costs Redis a question a process, not one a reader', async () => {
  const rooms = await openRooms('many');
  const { signal } = new AbortController();
  const { id } = await rooms.append('kitchen', say('one'));
  const client = await openClient();
  const waiting = Array.from({ length: 500 }, () => rooms.after('kitchen', at(id), signal));
  await rooms.after('kitchen', at(id));
  await client.configResetStat();
  await rooms.append('kitchen', say('two'));
  for (const reading of await Promise.all(waiting)) expect(texts(reading)).toEqual(['two']);
  const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await client.info('commandstats'))?.[1];
  expect(Number(calls)).toBeLessThanOrEqual(3);
});

test('no key begins with asgi, and every key lapses when no process is left', async () => {
  const rooms = await openRooms('asgi:pubsub');
  await rooms.append('kitchen', say('one'));
  const client = await openClient();
  const keys = await client.keys('on-the-wire:asgi:pubsub:*');
  expect(keys.length).toBe(5);
  for (const key of keys) {
    const seconds = await client.ttl(key);
    expect(seconds).toBeGreaterThan(BOUNDS.idleSeconds);
    expect(seconds).toBeLessThanOrEqual(2 * BOUNDS.idleSeconds + 60);
  }
  expect(await client.keys('asgi*')).toEqual([]);
});

test('a room that nobody uses is dropped; one where somebody is, or waits, is kept', async () => {
  const rooms = await openRooms('idle', { ...BOUNDS, idleSeconds: 1 });
  const { id } = await rooms.append('waited', say('one'));
  for (const room of ['kept', 'alone']) await rooms.append(room, say('one'));
  const leave = rooms.keep('kept');
  const stop = new AbortController();
  const waiting = rooms.after('waited', at(id), stop.signal);
  const client = await openClient();
  const base = 'on-the-wire:idle:';
  await expect.poll(() => client.exists(`${base}log:alone`), { timeout: 8_000 }).toBe(0);
  expect(await client.exists([`${base}log:kept`, `${base}log:waited`])).toBe(2);
  leave();
  stop.abort();
  await waiting;
  await expect.poll(() => client.get(`${base}all`), { timeout: 8_000 }).toBe('0');
  expect(await client.hGetAll(`${base}sizes`)).toEqual({});
});

test('what others write into our keys and channel breaks nothing', async () => {
  const rooms = await openRooms('garbage');
  const { signal } = new AbortController();
  const { id } = await rooms.append('kitchen', say('one'));
  const waiting = rooms.after('kitchen', at(id), signal);
  await rooms.after('kitchen', START);
  const client = await openClient();
  for (const nonsense of ['', 'kitchen', 'kitchen x 1 {}', 'kitchen x y z', '中 文 1 {"sender":1}'])
    await client.publish('on-the-wire:garbage:said', nonsense);
  await rooms.append('kitchen', say('two'));
  expect(texts(await waiting)).toEqual(['two']);
});

test('while Redis hangs, all is refused within its time, and what hangs may still be done', async () => {
  const own = await redisOfTest();
  const rooms = await openRooms('hung', BOUNDS, own.url);
  const { id } = await rooms.append('kitchen', say('accepted'));
  const { signal } = new AbortController();
  const waiting = rooms.after('kitchen', at(id), signal).catch((error: unknown) => error);
  const away = new Promise((resolve) => rooms.onChange(resolve));
  const heard: string[] = [];
  own.pause();
  const said = async ({ text }: { text: string }) => void heard.push(text);
  const started = performance.now();
  const unsure = rooms.append('kitchen', say('unsure'), said);
  await expect(unsure).rejects.toMatchObject({ name: 'RedisAway', mayHaveHappened: true });
  expect(performance.now() - started).toBeLessThan(600);
  expect(await away).toBe(false);
  expect(await waiting).toBeInstanceOf(RedisAway);
  const again = performance.now();
  const refused = rooms.append('kitchen', say('refused'), said);
  await expect(refused).rejects.toMatchObject({ name: 'RedisAway', mayHaveHappened: false });
  await expect(rooms.after('kitchen', START)).rejects.toMatchObject({ mayHaveHappened: false });
  expect(performance.now() - again).toBeLessThan(50);
  own.resume();
  await rooms.back(signal);
  await expect.poll(() => heard).toEqual(['unsure']);
  expect(texts(await rooms.after('kitchen', START))).toEqual(['accepted', 'unsure']);
});

test('when Redis comes back empty, there is another epoch, and an old cursor is foreign', async () => {
  const own = await redisOfTest();
  const rooms = await openRooms('killed', BOUNDS, own.url);
  const { id } = await rooms.append('kitchen', say('lost'));
  const away = new Promise((resolve) => rooms.onChange(resolve));
  await own.kill();
  expect(await away).toBe(false);
  const started = performance.now();
  await expect(rooms.append('kitchen', say('refused'))).rejects.toMatchObject({
    mayHaveHappened: false,
  });
  expect(performance.now() - started).toBeLessThan(50);
  await own.startAgain();
  const ready = performance.now();
  const { signal } = new AbortController();
  await rooms.back(signal);
  expect(performance.now() - ready).toBeLessThan(2_000);
  expect(await rooms.after('kitchen', at(id))).toMatchObject({ messages: [], skipped: null });
  const waiting = rooms.after('kitchen', START, signal);
  const next = await rooms.append('kitchen', say('next'));
  expect(texts(await waiting)).toEqual(['next']);
  expect(at(next.id).epoch).not.toBe(at(id).epoch);
  expect(await rooms.after('kitchen', at(id))).toMatchObject({ messages: [next], skipped: null });
});

test.each([
  ['a snapshot', 'no', ['new']],
  ['all that was appended', 'yes', ['one', 'two', 'new']],
])('when Redis comes back with %s, nobody misses what is said then', async (_, aof, kept) => {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const own = await redisOfTest('--dir', folder, '--appendonly', aof);
  const rooms = await openRooms('restored', BOUNDS, own.url);
  await rooms.append('kitchen', say('one'));
  await rooms.link.run((client) => client.sendCommand(['SAVE']));
  const { id } = await rooms.append('kitchen', say('two'));
  await rooms.after('kitchen', START);
  const away = new Promise((resolve) => rooms.onChange(resolve));
  await own.kill();
  await away;
  await own.startAgain();
  await rooms.back(new AbortController().signal);
  const said = await rooms.append('kitchen', say('new'));
  expect((await rooms.after('kitchen', at(id))).messages).toEqual([said]);
  expect(texts(await rooms.after('kitchen', START))).toEqual(kept);
});

test('a Redis that is full is rid of idle rooms, and keeps those in use', async () => {
  const own = await redisOfTest();
  const rooms = await openRooms('full', { ...BOUNDS, idleSeconds: 1 }, own.url);
  for (const room of ['kept', 'alone']) await rooms.append(room, say('one'));
  onTestFinished(rooms.keep('kept'));
  await rooms.link.run((client) => client.configSet('maxmemory', '1'));
  await expect(rooms.append('kept', say('two'))).rejects.toBeInstanceOf(RedisAway);
  const exists = (room: string) =>
    rooms.link.run((client) => client.exists(`on-the-wire:full:log:${room}`));
  await expect.poll(() => exists('alone'), { timeout: 8_000 }).toBe(0);
  expect(await exists('kept')).toBe(1);
  expect(rooms.errors).toEqual([]);
});

test('rooms count for what they cost Redis', async () => {
  const own = await redisOfTest();
  const rooms = await openRooms('small', BOUNDS, own.url);
  const used = async () => {
    const info = await rooms.link.run((client) => client.info('memory'));
    return Number(/used_memory:(\d+)/.exec(info)?.[1]);
  };
  const before = await used();
  const names = Array.from({ length: 1_000 }, (_, count) => `room${count}`);
  for (const name of names) await rooms.append(name, say('hi'));
  const counted = await rooms.link.run((client) => client.get('on-the-wire:small:all'));
  expect((await used()) - before).toBeLessThan(1.2 * Number(counted));
});

test('a process may start before its Redis does', async () => {
  const own = await redisOfTest();
  await own.kill();
  const rooms = await openRooms('early', BOUNDS, own.url);
  await expect(rooms.after('kitchen', START)).rejects.toBeInstanceOf(RedisAway);
  await own.startAgain();
  const { signal } = new AbortController();
  await rooms.back(signal);
  const waiting = rooms.after('kitchen', START, signal);
  await rooms.append('kitchen', say('one'));
  expect(texts(await waiting)).toEqual(['one']);
}, 30_000);
