import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { ConnectionTap, tapOf } from './connection-tap.ts';
import { interpose } from './interpose.ts';
import type { Wire } from './wire.ts';

/** Who looks on at a new connection, if anybody does. */
export const lookAt =
  (wire: Wire) =>
  ({ remoteAddress }: Pick<Socket, 'remoteAddress'>): ConnectionTap | undefined =>
    wire.isWatched(remoteAddress) ? new ConnectionTap(wire) : undefined;

/**
 * Looks on at the connections of a server that somebody watches, or whose network is to be worse;
 * all others are left as they are. One that was open before is closed with its next answer, so that
 * the request after that comes over one that is looked on at (RFC 9112 §9.6).
 */
export function watchConnections(server: Server, wire: Wire): void {
  interpose(server, lookAt(wire));
  server.prependListener('request', ({ socket }, response) => {
    if (wire.isWatched(socket.remoteAddress) && !tapOf(socket))
      response.setHeader('Connection', 'close');
  });
}
