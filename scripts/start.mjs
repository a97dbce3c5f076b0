import { main, setUp } from './setup.mjs';

await main(async () => {
  await setUp({ build: true });
  await import('../server/main.ts');
});
