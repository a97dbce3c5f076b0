import { buildSite, checkSettings, main, setUp } from './setup.mjs';

await main(async () => {
  await setUp();
  await checkSettings();
  await buildSite();
  await import('../server/main.ts');
});
