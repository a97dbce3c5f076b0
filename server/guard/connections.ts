import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import proxyAddr from 'proxy-addr';
import { z } from 'zod';
import type { Settings } from '../settings.ts';
import { type Door } from './doors.ts';
import { party } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Beyond the bounds, this many connections are still taken in to be told so; the rest are dropped. */
const ROOM_FOR_REFUSALS = 100;

/** Descriptors that are kept free for all that is no connection: files, Redis, other processes. */
const RESERVE = 64;

/**
 * How many connections may be open: what the settings say, or fewer where the system lets this
 * process open fewer files. Beyond that a connection could only be dropped, without a word.
 */
function mostConnections({ MAX_CONNECTIONS }: Settings, log: Logger): number {
  const files = openFilesLimit();
  const most = Math.max(1, Math.min(MAX_CONNECTIONS, files - RESERVE - ROOM_FOR_REFUSALS));
  if (most < MAX_CONNECTIONS)
    log.warn(
      `This process may open ${files} files, so it takes ${most} connections at most, not MAX_CONNECTIONS=${MAX_CONNECTIONS}: raise the limit (ulimit -n), or lower the variable.`,
    );
  return most;
}

const Report = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.number() }) }),
});

/** How many files this process may open: Node has raised it to what the system allows at most. */
function openFilesLimit(): number {
  Object.assign(process.report, { excludeNetwork: true }); // it would look up the name of each peer
  const { data } = Report.safeParse(process.report.getReport());
  return data?.userLimits.open_files.soft ?? Infinity;
}

/** A server's open connections. */
export interface Connections {
  /** Refuses the first request on a connection too many. */
  door: Door;
  /** How many there are. */
  many: () => number;
}

/**
 * Bounds a server's TCP connections, in all and for each address (a trusted proxy's own address
 * is not bounded).
 */
export function boundConnections(server: Server, settings: Settings, log: Logger): Connections {
  const trusts = proxyAddr.compile([...settings.TRUST_PROXY]);
  const open = new Map<string, number>();
  const tooMany = new WeakSet<Socket>();
  let all = 0;
  const most = mostConnections(settings, log);
  server.maxConnections = most + ROOM_FOR_REFUSALS;

  server.on('connection', (socket: Socket) => {
    const address = party(socket.remoteAddress ?? '');
    const here = (open.get(address) ?? 0) + 1;
    open.set(address, here);
    all += 1;
    const perAddress = trusts(socket.remoteAddress ?? '', 0)
      ? Infinity
      : settings.MAX_CONNECTIONS_PER_ADDRESS;
    if (all > most || here > perAddress) tooMany.add(socket);
    if (here > perAddress + ROOM_FOR_REFUSALS) socket.destroy();
    socket.on('close', () => {
      all -= 1;
      const left = (open.get(address) ?? 1) - 1;
      if (left) open.set(address, left);
      else open.delete(address);
    });
  });

  const door: Door = ({ socket }) => {
    if (!tooMany.has(socket)) return undefined;
    return new Refusal(
      'too-many-connections',
      'Too many connections are open: close some, or try again in a few seconds.',
      { 'Retry-After': '5', Connection: 'close' },
    );
  };
  return { door, many: () => all };
}
