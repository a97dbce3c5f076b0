import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import type { RequestHandler } from 'express';
import { createHttpServer } from '../../server/app.ts';
import { type Clock, memoryRooms, roomsBounds } from '../../server/rooms/rooms.ts';
import { readSettings } from '../../server/settings.ts';
import { stopServer } from '../../server/stop.ts';

export interface OpenApp extends AsyncDisposable {
  url: string;
  port: number;
  /** Stops as the program does: answers what is held, then closes. */
  stop(): Promise<void>;
}

export interface OpenAppOptions {
  env?: Record<string, string>;
  port?: number;
  clock?: Clock;
  pages?: RequestHandler;
}

/** The real companion, in this process, on a free port. */
export async function openApp({ env = {}, port = 0, clock, pages }: OpenAppOptions = {}) {
  const settings = readSettings({ LOG_LEVEL: 'silent', ...env });
  const rooms = memoryRooms(roomsBounds(settings), clock);
  const stopping = new AbortController();
  const log = pino({ level: settings.LOG_LEVEL });
  const server = createHttpServer({ settings, log, rooms, stopping: stopping.signal }, pages);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const stop = async () => {
    stopping.abort();
    if (server.listening) await stopServer(server);
    rooms.close();
  };
  const { port: at } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${at}`,
    port: at,
    stop,
    [Symbol.asyncDispose]: stop,
  } satisfies OpenApp;
}
