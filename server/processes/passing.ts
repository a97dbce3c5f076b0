import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RequestHandler, Router } from 'express';
import { refuse } from '../channels/index.ts';
import type { Context } from '../context.ts';
import { crossOrigin } from '../guard/cross-origin.ts';
import { behind, type Door, pairDoor } from '../guard/doors.ts';
import { peerReader } from '../guard/peer.ts';
import { answer, asProblem, Refusal } from '../guard/refusal.ts';
import { isLayer } from './layers.ts';
import { away, isMember, type Pair } from './pair.ts';

/** `/pair/{member}/{layer}/live/…`: HTTP for a member of the pair. */
export function passRequests({ settings, pair }: Context): RequestHandler {
  const headersFor = forwarding(settings.TRUST_PROXY);
  const router = Router();
  router.use(crossOrigin(settings), behind(pairDoor(settings)));
  router.use((request, response) => {
    const { member, path, proxy, ...target } = find(pair, request.originalUrl);
    request.url = path;
    response.once('close', pair.use());
    const onAway = () => answer(response, away(member));
    proxy.web(request, response, { target, headers: headersFor(request), onAway });
  });
  return router;
}

export const isForMember = ({ url = '' }: IncomingMessage) => url.startsWith('/pair/');

/** The same for upgrades: a listener for those that `isForMember`. */
export function passUpgrades({ settings, pair }: Context, doors: readonly Door[]) {
  const headersFor = forwarding(settings.TRUST_PROXY);
  const all = [...doors, pairDoor(settings)];
  return (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      for (const door of all) {
        const refusal = door(request);
        if (refusal) throw refusal;
      }
      if (request.method !== 'GET')
        throw new Refusal('method-not-allowed', 'A handshake is a GET request: send GET.', {
          Allow: 'GET',
        });
      const { member, path, proxy, ...target } = find(pair, request.url ?? '');
      request.url = path;
      socket.once('close', pair.use());
      const onAway = () => refuse(socket, asProblem(away(member)));
      proxy.upgrade(request, socket, head, { target, headers: headersFor(request), onAway });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(socket, asProblem(error));
    }
  };
}

/** Where a target of a request leads, as a browser would read it: "/../" leads nowhere else. */
function find(pair: Pair, target: string) {
  const { pathname = '', search = '' } = URL.parse(target, 'http://here') ?? {};
  const [, member, layer, path] = /^\/pair\/(\w+)\/(\w+)(\/live\/.*)$/.exec(pathname) ?? [];
  if (!isMember(member) || !isLayer(layer) || path === undefined)
    throw new Refusal(
      'not-found',
      'Nothing lives here: a member’s addresses are /pair/{a or b}/{memory, pubsub or core}/live/….',
    );
  return { member, path: path + search, ...pair.target(member, layer) };
}

/** What a member is told of who asks and where: as we see it, whatever else was written there. */
function forwarding(proxies: readonly string[]) {
  const peerOf = peerReader(proxies);
  return (request: IncomingMessage) => {
    const { ip, host } = peerOf(request);
    return { 'x-forwarded-for': ip, 'x-forwarded-host': host };
  };
}
