import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { RedisLink } from '../../server/channels/index.ts';
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
  const link = new RedisLink({ url });
  onTestFinished(() => link.close());
  await link.settled(5_000);
  return link;
}
