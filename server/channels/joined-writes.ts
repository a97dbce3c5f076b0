import type { Duplex } from 'node:stream';

/**
 * Joins what is written to a socket in one turn of the event loop into one system call, which is
 * most of what a message costs when many go out. Call the result before each write.
 */
export function joinedWrites(): (socket: Duplex) => void {
  let corked = new Set<Duplex>();
  const flush = () => {
    const ready = corked;
    corked = new Set();
    for (const socket of ready) socket.uncork();
  };
  return (socket) => {
    if (corked.has(socket)) return;
    if (corked.size === 0) setImmediate(flush);
    corked.add(socket);
    socket.cork();
  };
}
