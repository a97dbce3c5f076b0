import { expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { start } from '../support/program.ts';
import { redisOfTest } from '../support/redis.ts';

const companion = (url: string) =>
  start(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { openCompanion } = await import('./server/companion.ts');
     await openCompanion({ PORT: '0', REDIS_URL: '${url}' });
     console.log('ready');`,
  ]);

test('a server whose Redis is not there says so, once, and why', async () => {
  await using server = companion(`redis://127.0.0.1:${await freePort()}`);
  await server.line(/ready/);
  const told = server.lines.filter((line) => line.includes('Redis is away'));
  expect(told).toEqual([expect.stringContaining('ECONNREFUSED')]);
});

test('where Redis is there, nothing is said of it until it goes and comes back', async () => {
  const redis = await redisOfTest();
  await using server = companion(redis.url);
  await server.line(/ready/);
  expect(server.lines).toEqual(['ready']);
  await redis.kill();
  await server.line(/Redis is away/);
  await redis.startAgain();
  await server.line(/Redis is back/);
});
