import type { Server } from 'node:http';

/** Within this many ms what is still open is cut off. */
const DEADLINE = 4_000;

/** Stops listening, lets requests under way be answered, then ends: at most 4 s. */
export async function stopServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DEADLINE);
  await closed;
  clearTimeout(cut);
}
