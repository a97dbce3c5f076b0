import { networkInterfaces } from 'node:os';
import { pino } from 'pino';
import { createHttpServer } from './app.ts';
import { memoryRooms, roomsBounds } from './rooms/rooms.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';
import { site } from './site.ts';
import { stopServer } from './stop.ts';

const settings = settingsOrExit();
const log = pino({ level: settings.LOG_LEVEL });
const stopping = new AbortController();
const rooms = memoryRooms(roomsBounds(settings));
const context = { settings, log, rooms, stopping: stopping.signal };
const server = createHttpServer(context, await site());

server.once('error', (error: NodeJS.ErrnoException) => exit(sentenceFor(error)));
server.listen(settings.PORT, settings.HOST, () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const name of names(settings.HOST)) console.log(`On the Wire: http://${name}:${port}/`);
});

let asked = false;
const stop = async () => {
  if (asked) return;
  asked = true;
  stopping.abort();
  await stopServer(server);
  rooms.close();
  process.exit(0);
};
process.on('SIGINT', () => void stop()).on('SIGTERM', () => void stop());

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (error instanceof SettingsError) return exit(error.message);
    throw error;
  }
}

function exit(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

function sentenceFor({ code, message }: NodeJS.ErrnoException): string {
  const { PORT, HOST } = settings;
  if (code === 'EADDRINUSE')
    return `Port ${PORT} is taken: stop what uses it, or start with another, such as PORT=${PORT + 1} npm start.`;
  if (code === 'EACCES')
    return `Port ${PORT} needs more rights than yours: choose one above 1023, such as PORT=8000 npm start.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST is "${HOST}", which is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all.`;
  return `The server cannot listen: ${message}`;
}

/** The names under which a browser opens a server that listens on `host`. */
function names(host: string): string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host.includes(':') ? `[${host}]` : host];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  return [...others, '127.0.0.1'];
}
