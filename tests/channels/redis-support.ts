import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import {
  RedisLayer,
  RedisLink,
  RedisPubSubLayer,
  type RedisCoreOptions,
} from '../../server/channels/index.ts';
import { asBytes } from '../../server/channels/layers/redis-reader.ts';
import { startRedis, type Redis } from '../support/redis.ts';

/** One Redis for the tests of a file, empty at the beginning of each. */
export function redisOfFile(): () => Redis {
  let redis: Redis | undefined;
  const get = () => {
    if (redis) return redis;
    throw new Error('Redis has not started: ask for it in a test.');
  };
  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    const link = new RedisLink({ url: get().url });
    await link.settled(5_000);
    await link.run((client) => client.flushAll());
    await link.close();
  });
  afterAll(() => redis?.end());
  return get;
}

/** A link that is there, and is closed when the test ends. */
export async function linkTo({ url }: Redis): Promise<RedisLink> {
  const link = new RedisLink({ url, deadline: 5_000 }); // a busy machine is slow, not away
  onTestFinished(() => link.close());
  await link.settled(5_000);
  return link;
}

/** A layer of each kind, which is closed when the test ends. */
export async function coreOn(redis: Redis, options: Partial<RedisCoreOptions> = {}) {
  const layer = new RedisLayer({ link: await linkTo(redis), ...options });
  onTestFinished(() => layer.close());
  return layer;
}

export async function pubSubOn(redis: Redis): Promise<RedisPubSubLayer> {
  const layer = new RedisPubSubLayer({ link: await linkTo(redis) });
  onTestFinished(() => layer.close());
  return layer;
}

/** The key under which core's messages for a channel stand. */
export const queueOf = (channel: string) => `asgi${channel.slice(0, channel.indexOf('!') + 1)}`;

/** The bytes that stand there, in order, with their scores. */
export const storedAt = (link: RedisLink, key: string) =>
  link.run((client) => asBytes(client).zRangeWithScores(key, 0, -1));

/** The name of a channel of a process that is gone. */
export const theirChannel = (name: string) => `specific.${'0'.repeat(32)}!${name}`;
