import { checkSettings, main, setUp, Stop } from './setup.mjs';

await main(async () => {
  await setUp();
  const { PORT, HOST } = await checkSettings();
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  const { dev } = await import('astro');
  try {
    await dev({ server: { port: PORT, host: HOST } });
  } catch (error) {
    if (!/already in use/.test(error.message)) throw error;
    throw new Stop(
      `Port ${PORT} is taken: stop what uses it, or try PORT=${PORT + 1} npm run dev.`,
    );
  }
});
