import type { Server } from 'node:http';
import type { Sockets } from './sockets.ts';

/** Within this many ms what is still open is cut off. */
const DEADLINE = 4_000;

/**
 * Stops listening, lets requests under way be answered, closes WebSockets with 1001, and resolves
 * when nothing is open: after 4 s at most.
 */
export async function stopServer(
  server: Server,
  webSockets: Pick<Sockets, 'close'>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Those whose answer is still under way are closed when it has left.
  server.keepAliveTimeout = 1;
  server.keepAliveTimeoutBuffer = 0;
  const cut = setTimeout(() => server.closeAllConnections(), DEADLINE);
  await Promise.all([closed, webSockets.close(DEADLINE)]);
  clearTimeout(cut);
}
