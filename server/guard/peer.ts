import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import proxyAddr from 'proxy-addr';

/** Who sent a request, and by which name they reached us: behind trusted proxies, as these say. */
export interface Peer {
  /** One for each party that can be told apart: see `party`. */
  address: string;
  /** The address itself; what is none if a trusted proxy wrote none. */
  ip: string;
  /** A proxy that is not trusted says that it asks for somebody else. */
  hidden: boolean;
  /** The Host header's value, lower case, with its port where it has one. */
  host: string;
}

/** Tells the peer of a request. `X-Forwarded-*` counts only from the proxies named. */
export function peerReader(proxies: readonly string[]): (request: IncomingMessage) => Peer {
  const trusts = proxyAddr.compile([...proxies]);
  return (request) => {
    const direct = request.socket.remoteAddress ?? '';
    const viaProxy = direct !== '' && trusts(direct, 0);
    const forwarded = viaProxy ? last(request.headers['x-forwarded-host']) : undefined;
    const ip = viaProxy ? proxyAddr(request, trusts) : direct;
    return {
      get address() {
        return party(ip);
      },
      ip,
      hidden: !viaProxy && request.headers['x-forwarded-for'] !== undefined,
      host: (forwarded ?? request.headers.host ?? '').toLowerCase(),
    };
  };
}

/**
 * What of an address tells one party from another: an IPv4 address, also one mapped into IPv6
 * (RFC 4291 §2.5.5.2), without a port that a proxy may have written; of IPv6 the /64, since one
 * party has the whole of it.
 */
export function party(address: string): string {
  const bare = /^[\d.]+:\d+$/.test(address) ? address.replace(/:\d+$/, '') : address;
  if (!ipaddr.isValid(bare)) return bare;
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return parsed
    .toByteArray()
    .slice(0, 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** Whether an address is this machine's own, also an IPv4 address mapped into IPv6. */
export const isOwnAddress = (ip: string) =>
  ipaddr.isValid(ip) && ipaddr.process(ip).range() === 'loopback';

/** The nearest proxy writes last. */
const last = (header: string | string[] | undefined): string | undefined =>
  String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim() || undefined;
