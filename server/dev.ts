import { createApp } from './app.ts';
import { contextOf } from './context.ts';
import { readSettings } from './settings.ts';
import { sockets } from './sockets.ts';
import { lookAt } from './wire/watch-connections.ts';

// The companion for `npm run dev`, where Astro's development server listens and serves the pages.
const stopping = new AbortController();
const context = contextOf(readSettings(process.env), stopping.signal, undefined, true);

export const handle = createApp(context, (_request, _response, next) => next());

const webSockets = sockets(context);
export const upgrade = webSockets.handleUpgrade;

/** Who looks on at a connection of Astro's server: see interpose. */
export const look = lookAt(context.wire);

/** Lets go of all that is held: code that is newer takes over. */
export function stop(): void {
  stopping.abort();
  context.crowds.stop();
  const ended = Promise.all([webSockets.close(), context.pair.stop()]);
  void ended.finally(() => context.close()); // its link to Redis too
}
