import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import proxyAddr from 'proxy-addr';
import type { Settings } from '../settings.ts';
import { type Door } from './doors.ts';
import { party } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Beyond the bounds, this many connections are still taken in to be told so; the rest are dropped. */
const ROOM_FOR_REFUSALS = 100;

/**
 * Bounds a server's TCP connections, in all and for each address (a trusted proxy's own address
 * is not bounded). The first request on one too many is refused by the Door this returns.
 */
export function boundConnections(server: Server, settings: Settings): Door {
  const trusts = proxyAddr.compile([...settings.TRUST_PROXY]);
  const open = new Map<string, number>();
  const tooMany = new WeakSet<Socket>();
  let all = 0;
  server.maxConnections = settings.MAX_CONNECTIONS + ROOM_FOR_REFUSALS;

  server.on('connection', (socket: Socket) => {
    const address = party(socket.remoteAddress ?? '');
    const here = (open.get(address) ?? 0) + 1;
    open.set(address, here);
    all += 1;
    const perAddress = trusts(socket.remoteAddress ?? '', 0)
      ? Infinity
      : settings.MAX_CONNECTIONS_PER_ADDRESS;
    if (all > settings.MAX_CONNECTIONS || here > perAddress) tooMany.add(socket);
    if (here > perAddress + ROOM_FOR_REFUSALS) socket.destroy();
    socket.on('close', () => {
      all -= 1;
      const left = (open.get(address) ?? 1) - 1;
      if (left) open.set(address, left);
      else open.delete(address);
    });
  });

  return ({ socket }) => {
    if (!tooMany.has(socket)) return undefined;
    return new Refusal(
      'too-many-connections',
      'Too many connections are open: close some, or try again in a few seconds.',
      { 'Retry-After': '5', Connection: 'close' },
    );
  };
}
