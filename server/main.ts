import { networkInterfaces } from 'node:os';
import { type Companion, openCompanion } from './companion.ts';
import { SettingsError } from './settings.ts';
import { site } from './site.ts';

const companion = await openCompanion(process.env, { pages: await site() }).catch(explain);
for (const name of names(companion.settings.HOST))
  console.log(`On the Wire: http://${name}:${companion.port}/`);

const stop = () => void companion.stop().then(() => process.exit(0));
process.on('SIGINT', stop).on('SIGTERM', stop);

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

/** The names under which a browser opens a server that listens on `host`. */
function names(host: Companion['settings']['HOST']): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host.includes(':') ? `[${host}]` : host];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  return [...others, '127.0.0.1'];
}
