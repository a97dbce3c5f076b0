import { annotateHead, headersOf } from '../../protocol/annotate-http.ts';
import { kept } from '../../protocol/wire-bytes.ts';
import type { WireEvent } from '../../protocol/wire.ts';

/** What the server saw of one WebSocket. */
export interface Seen {
  exchange: number;
  path: string;
  /** The headers that make the handshake, by their names in lower case. */
  headers: readonly (readonly [name: string, value: string])[];
  /** The HTTP status with which the handshake was answered. */
  status?: number;
  /** 1006 where no close frame came, RFC 6455 §7.1.5. */
  ended?: { code: number; reason: string };
}

const MAKES_A_HANDSHAKE =
  /^(host|origin|upgrade|connection|sec-websocket-(key|version|extensions))$/;

/**
 * The last WebSocket of a reader, by its tag, as far as the events tell.
 * @param known what earlier events told, since they are not all remembered
 */
export function lastSeen(
  events: readonly WireEvent[],
  tag: string | undefined,
  known: Seen | undefined,
): Seen | undefined {
  let seen = known;
  for (const event of events) {
    if (event.side !== 'server' || event.reader !== tag) continue;
    if (event.kind === 'request' && event.head && event.exchange !== seen?.exchange) {
      if (seen && event.exchange < seen.exchange) continue;
      const { fields } = annotateHead(kept(event.head).bytes, 'request');
      const headers = headersOf({ fields })
        .map(([name, value]) => [name.toLowerCase(), value] as const)
        .filter(([name]) => MAKES_A_HANDSHAKE.test(name));
      const [path = ''] = event.target.split('?');
      seen = { exchange: event.exchange, path, headers };
    } else if (seen && event.exchange === seen.exchange) {
      if (event.kind === 'upgrade') seen = { ...seen, status: 101 };
      else if (event.kind === 'response') seen = { ...seen, status: event.status };
      else if (event.kind === 'close')
        seen = { ...seen, ended: { code: event.code ?? 1006, reason: event.reason ?? '' } };
    }
  }
  return seen;
}

export const headerOf = (seen: Seen | undefined, name: string): string | undefined =>
  seen?.headers.find(([one]) => one === name)?.[1];
