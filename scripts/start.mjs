import { buildSite, checkSettings, main, setUp, Stop } from './setup.mjs';

await main(async () => {
  const strange = process.argv.slice(2).find((word) => word !== '--no-redis');
  if (strange !== undefined)
    throw new Stop(`npm start knows no "${strange}": it takes --no-redis, or nothing.`);
  await setUp();
  const { REDIS_URL } = await checkSettings();
  await buildSite();
  if (!REDIS_URL && !process.argv.includes('--no-redis'))
    await (await import('./redis.mjs')).wantRedis();
  await import('../server/main.ts');
});
