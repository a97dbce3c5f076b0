import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Connections } from '../guard/connections.ts';
import { isIdle } from '../guard/exchanges.ts';
import { ConnectionTap, tapOf } from './connection-tap.ts';
import { interpose } from './interpose.ts';
import { addressOf, type Wire } from './wire.ts';

/** Who looks on at a new connection, if anybody does. */
export const lookAt =
  (wire: Wire) =>
  ({ remoteAddress }: Socket): ConnectionTap | undefined =>
    wire.isWatched(remoteAddress) ? new ConnectionTap(wire) : undefined;

/**
 * Looks on at the connections of a server that somebody watches, or whose network is to be worse;
 * all others are left as they are. Of whoever begins to watch, connections that are open and idle
 * are ended, so that their next request comes over one that is looked on at (RFC 9112 §9.5).
 */
export function watchConnections(server: Server, wire: Wire, { open }: Connections): void {
  interpose(server, lookAt(wire));
  wire.onBegin((address) => {
    for (const sockets of open.values())
      for (const socket of sockets) {
        if (addressOf(socket.remoteAddress) !== address) break; // they all come from elsewhere
        if (isIdle(socket)) socket.destroySoon();
      }
  });
  server.prependListener('request', ({ socket }, response) => {
    if (isMissed(wire, socket)) response.setHeader('Connection', 'close');
  });
}

/** Whether a connection ought to be looked on at, and was open before somebody wanted to. */
export const isMissed = (wire: Wire, socket: Socket): boolean =>
  wire.isWatched(socket.remoteAddress) && tapOf(socket) === undefined;
