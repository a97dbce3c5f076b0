import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import { createHttpServer } from './app.ts';
import { contextOf } from './context.ts';
import type { Pair } from './processes/pair.ts';
import type { Clock } from './rooms/rooms.ts';
import { readSettings, type Settings } from './settings.ts';
import { stopServer } from './stop.ts';

/** A companion that listens. */
export interface Companion {
  server: Server;
  settings: Settings;
  port: number;
  /** Where it answers on this machine. */
  url: string;
  /** Two more processes behind it, and the Redis that they use. */
  pair: Pair;
  /** Answers what is held, closes what is open, and resolves when nothing of it is left: 5 s at most. */
  stop(): Promise<void>;
}

interface Options {
  pages?: RequestHandler;
  clock?: Clock;
  /** Whether it may run a Redis of its own where REDIS_URL names none. */
  ownRedis?: boolean;
}

/**
 * Starts a companion as the environment says. Rejects with SettingsError, or with the system's
 * error where it cannot listen.
 */
export async function openCompanion(
  env: Record<string, string | undefined>,
  { pages, clock, ownRedis }: Options = {},
): Promise<Companion> {
  const settings = readSettings(env);
  const stopping = new AbortController();
  const context = contextOf(settings, stopping.signal, clock, ownRedis);
  await context.redis?.settled();
  const { server, webSockets } = createHttpServer(context, pages);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.PORT, settings.HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  return {
    server,
    settings,
    port,
    url: `http://127.0.0.1:${port}`,
    pair: context.pair,
    stop() {
      stopping.abort();
      context.crowds.stop();
      context.wire.clear(); // what waits in a bad network would keep it
      stopped ??= Promise.all([stopServer(server, webSockets), context.pair.stop()])
        .then(() => undefined)
        .finally(() => context.close());
      return stopped;
    },
  };
}
