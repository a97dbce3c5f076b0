import { expect, test, vi } from 'vitest';
import { createClient } from 'redis';
import { redisOfTest } from '../support/redis.ts';

test('in development, code that is let go of lets go of Redis', async () => {
  const redis = await redisOfTest();
  vi.stubEnv('REDIS_URL', redis.url);
  const { stop } = await import('../../server/dev.ts');
  const client = await createClient({ url: redis.url }).connect();
  const connected = async () => (await client.clientList()).length;
  await expect.poll(connected).toBe(2);
  stop();
  await expect.poll(connected).toBe(1);
  client.destroy();
});
