import { type Server, Socket } from 'node:net';
import type { Onlooker } from './onlooker.ts';
import { WireSocket } from './wire-socket.ts';

/**
 * Puts a `WireSocket` before those connections of an HTTP server for which `look` gives an onlooker: each
 * of the server's listeners gets it in place of the raw socket, whether it was added before or
 * after this. All other connections are as they would be without.
 */
export function interpose(server: Server, look: (socket: Socket) => Onlooker | undefined): void {
  const emit = server.emit.bind(server);
  // A listener could not keep the raw socket from the others, which count connections and know
  // them again by their socket. http documents that a connection may be any Duplex.
  server.emit = (event: string | symbol, ...values: unknown[]) => {
    const [socket] = values;
    if (event !== 'connection' || !(socket instanceof Socket)) return emit(event, ...values);
    const onlooker = look(socket);
    return emit(event, onlooker ? new WireSocket(socket, onlooker) : socket);
  };
}
