import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Browsers keep one request open on a connection; a few more are a pipelining program's. */
const OPEN_AT_MOST = 16;

/** How many are open on a connection. */
const open = new WeakMap<Duplex, number>();

/** Whether no request is open on a connection, and it is no WebSocket. */
export const isIdle = (socket: Duplex): boolean => (open.get(socket) ?? 0) === 0;

/** It has become a WebSocket, and is never idle. */
export const hasUpgraded = (socket: Duplex): void => void open.set(socket, Infinity);

/**
 * Bounds the requests that are open on one connection: who asks on without reading the answers
 * (HTTP pipelining, RFC 9112 §9.3.2) is cut off, before any work is done for the next.
 * `onIdle` is told of a connection whose last open request was answered.
 */
export function boundExchanges(
  listener: RequestListener,
  onIdle: (socket: Socket) => void = () => {},
): RequestListener {
  return (request, response) => {
    const { socket } = request;
    const here = (open.get(socket) ?? 0) + 1;
    if (socket.destroyed || here > OPEN_AT_MOST) {
      socket.destroy();
      return;
    }
    open.set(socket, here);
    response.once('close', () => {
      const left = (open.get(socket) ?? 1) - 1;
      open.set(socket, left);
      if (left === 0) onIdle(socket);
    });
    listener(request, response);
  };
}
