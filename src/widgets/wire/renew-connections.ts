/** ms after which nobody waits for an answer any more. */
const PATIENCE = 1_500;
/** So many connections a browser opens to one server over HTTP/1.1. */
const CONNECTIONS = 6;

/**
 * Uses each connection to the server once. The server cannot see what crosses one that was open
 * before it was watched: it closes it with this answer.
 */
export async function renewConnections(): Promise<void> {
  const ask = () => fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
  await Promise.allSettled(Array.from({ length: CONNECTIONS }, ask));
}
