import { namesOf } from './addresses.ts';
import { openCompanion } from './companion.ts';
import { SettingsError } from './settings.ts';
import { site } from './site.ts';

const ownRedis = !process.argv.includes('--no-redis');
const companion = await site()
  .then((pages) => openCompanion(process.env, { pages, ownRedis }))
  .catch(explain);
for (const name of namesOf(companion.settings.HOST))
  console.log(`On the Wire: http://${name}:${companion.port}/`);
void companion.pair.redis.start();

const stop = async () => {
  await companion.stop();
  console.log('Stopped.');
  process.exit(0);
};
process.on('SIGINT', () => void stop()).on('SIGTERM', () => void stop());

/** Ends with the one sentence that a failed start deserves. */
function explain(error: NodeJS.ErrnoException): never {
  console.error(error instanceof SettingsError ? error.message : sentenceFor(error));
  process.exit(1);
}

function sentenceFor({ code, message }: NodeJS.ErrnoException): string {
  const port = Number(process.env['PORT'] || 8000);
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken: stop what uses it, or start with another, such as PORT=${port + 1} npm start.`;
  if (code === 'EACCES')
    return `Port ${port} needs more rights than yours: choose one above 1023, such as PORT=8000 npm start.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST is "${process.env['HOST']}", which is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all.`;
  return `The server cannot start: ${message}`;
}
