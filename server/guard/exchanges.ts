import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** Browsers keep one request open on a connection; a few more are a pipelining program's. */
const OPEN_AT_MOST = 16;

/**
 * Bounds the requests that are open on one connection: who asks on without reading the answers
 * (HTTP pipelining, RFC 9112 §9.3.2) is cut off, before any work is done for the next.
 */
export function boundExchanges(listener: RequestListener): RequestListener {
  const open = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const here = (open.get(socket) ?? 0) + 1;
    if (socket.destroyed || here > OPEN_AT_MOST) {
      socket.destroy();
      return;
    }
    open.set(socket, here);
    response.once('close', () => open.set(socket, (open.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}
