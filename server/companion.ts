import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import { createHttpServer } from './app.ts';
import { contextOf } from './context.ts';
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
  /** Answers what is held, closes what is open, and resolves when nothing of it is left: 5 s at most. */
  stop(): Promise<void>;
}

interface Options {
  pages?: RequestHandler;
  clock?: Clock;
}

/**
 * Starts a companion as the environment says. Rejects with SettingsError, or with the system's
 * error where it cannot listen.
 */
export async function openCompanion(
  env: Record<string, string | undefined>,
  { pages, clock }: Options = {},
): Promise<Companion> {
  const settings = readSettings(env);
  const stopping = new AbortController();
  const context = contextOf(settings, stopping.signal, clock);
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
    stop() {
      stopping.abort();
      stopped ??= stopServer(server, webSockets).finally(() => context.close());
      return stopped;
    },
  };
}
