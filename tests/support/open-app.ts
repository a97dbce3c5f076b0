import type { RequestHandler } from 'express';
import { type Companion, openCompanion } from '../../server/companion.ts';
import type { Clock } from '../../server/rooms/rooms.ts';

interface Options {
  env?: Record<string, string>;
  port?: number;
  clock?: Clock;
  pages?: RequestHandler;
  ownRedis?: boolean;
}

/** The real companion, in this process, on a free port unless one is given. */
export async function openApp({ env = {}, port = 0, ...options }: Options = {}) {
  const settings = { LOG_LEVEL: 'silent', PORT: String(port), ...env };
  const app = await openCompanion(settings, options);
  return { ...app, [Symbol.asyncDispose]: () => app.stop() } satisfies Companion & AsyncDisposable;
}
