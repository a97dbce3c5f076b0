import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RequestHandler, Router } from 'express';
import { refuse } from '../channels/index.ts';
import type { Settings } from '../settings.ts';
import { crossOrigin } from '../guard/cross-origin.ts';
import { behind, type Door } from '../guard/doors.ts';
import { answer, asProblem, Refusal } from '../guard/refusal.ts';
import type { Passing, PortProxy } from './proxy.ts';

type Refuse = (...args: Parameters<Passing['onAway']>) => Refusal;

/** Where one request goes. */
export interface Passage extends Omit<Passing, 'onAway'> {
  proxy: PortProxy;
  /** The target of the request there. */
  path: string;
  /** What is said when nobody answers there. */
  away: Refuse;
  /** Called when the request is over. */
  release?: () => void;
}

/** The addresses below a path are those of another server on this machine: its requests go there. */
export interface Way {
  /** What their paths begin with, such as `/pair/`. */
  prefix: string;
  /** Who may go there. */
  door: Door;
  /** Throws a Refusal where a request leads nowhere. */
  find: (request: IncomingMessage, target: string) => Passage | Promise<Passage>;
}

/** HTTP along a way. */
export function passRequests(settings: Settings, { prefix, door, find }: Way): RequestHandler {
  const router = Router();
  router.use(prefix, crossOrigin(settings), behind(door), async (request, response) => {
    const { proxy, path, away, release, ...passing } = await find(request, request.originalUrl);
    if (response.destroyed) return release?.();
    request.url = path;
    if (release) response.once('close', release);
    proxy.web(request, response, { ...passing, onAway: (why) => answer(response, away(why)) });
  });
  return router;
}

export const goesAlong = ({ prefix }: Way, { url = '' }: IncomingMessage) => url.startsWith(prefix);

/** The same for upgrades that go along it. */
export function passUpgrades(
  { door: ownDoor, find }: Way,
  doors: readonly Door[],
  onError: (error: unknown) => void,
) {
  const all = [...doors, ownDoor];
  return async (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => undefined); // it closes after it
    try {
      for (const door of all) {
        const refusal = door(request);
        if (refusal) throw refusal;
      }
      if (request.method !== 'GET')
        throw new Refusal('method-not-allowed', 'A handshake is a GET request: send GET.', {
          Allow: 'GET',
        });
      const { proxy, path, away, release, ...passing } = await find(request, request.url ?? '');
      if (socket.destroyed) return release?.();
      request.url = path;
      if (release) socket.once('close', release);
      proxy.upgrade(request, socket, head, {
        ...passing,
        onAway: (why) => refuse(socket, asProblem(away(why))),
      });
    } catch (error) {
      if (error instanceof Refusal) return refuse(socket, asProblem(error));
      onError(error);
      refuse(
        socket,
        asProblem(new Refusal('our-fault', 'The server failed at this; the fault is ours.')),
      );
    }
  };
}

/** A target of a request, as a browser would read it: "/../" leads nowhere else. */
export function pathOf(target: string): { pathname: string; search: string } {
  const { pathname = '', search = '' } = URL.parse(target, 'http://here') ?? {};
  return { pathname, search };
}
