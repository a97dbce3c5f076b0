import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';

/** Who sent a request, and by which name they reached us: behind trusted proxies, as these say. */
export interface Peer {
  address: string;
  /** The Host header's value, lower case, with its port where it has one. */
  host: string;
}

/** Tells the peer of a request. `X-Forwarded-*` counts only from the proxies named. */
export function peerReader(proxies: readonly string[]): (request: IncomingMessage) => Peer {
  const trusts = proxyAddr.compile([...proxies]);
  return (request) => {
    const direct = request.socket.remoteAddress ?? '';
    const viaProxy = direct !== '' && trusts(direct, 0);
    const forwarded = viaProxy ? first(request.headers['x-forwarded-host']) : undefined;
    return {
      address: viaProxy ? proxyAddr(request, trusts) : direct,
      host: (forwarded ?? request.headers.host ?? '').toLowerCase(),
    };
  };
}

function first(header: string | string[] | undefined): string | undefined {
  return (
    String(header ?? '')
      .split(',')[0]
      ?.trim() || undefined
  );
}
