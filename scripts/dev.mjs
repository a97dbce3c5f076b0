import { main, setUp } from './setup.mjs';

await main(async () => {
  await setUp();
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  process.argv.splice(2, Infinity, 'dev');
  await import('../node_modules/astro/bin/astro.mjs');
});
