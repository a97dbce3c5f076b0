import type { IncomingMessage } from 'node:http';
import type { Context } from '../context.ts';
import { pairDoor } from '../guard/doors.ts';
import { peerReader } from '../guard/peer.ts';
import { Refusal } from '../guard/refusal.ts';
import { pathOf, type Way } from '../passing/passing.ts';
import { isLayer } from './layers.ts';
import { away, isMember } from './pair.ts';

/** `/pair/{member}/{layer}/live/…`: a member of the pair. */
export function pairWay({ settings, pair }: Context): Way {
  const headersFor = forwarding(settings.TRUST_PROXY);
  return {
    prefix: '/pair/',
    door: pairDoor(settings),
    find(request, target) {
      const { pathname, search } = pathOf(target);
      const [, member, layer, path] = /^\/pair\/(\w+)\/(\w+)(\/live\/.*)$/.exec(pathname) ?? [];
      if (!isMember(member) || !isLayer(layer) || path === undefined)
        throw new Refusal(
          'not-found',
          'Nothing lives here: a member’s addresses are /pair/{a, b or django}/{memory, pubsub or core}/live/….',
        );
      const { proxy, ...at } = pair.target(member, layer);
      return {
        proxy,
        target: at,
        path: path + search,
        headers: headersFor(request),
        away: () => away(member),
        release: pair.use(),
      };
    },
  };
}

/** What a member is told of who asks and where: as we see it, whatever else was written there. */
function forwarding(proxies: readonly string[]) {
  const peerOf = peerReader(proxies);
  return (request: IncomingMessage) => {
    const { ip, host } = peerOf(request);
    return { 'x-forwarded-for': ip, 'x-forwarded-host': host };
  };
}
