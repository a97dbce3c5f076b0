import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import type { Settings } from '../settings.ts';
import { isOwnAddress, peerReader } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Decides from a request's Host and Origin whether it may come in: a Refusal, or undefined. */
export type Door = (request: IncomingMessage) => Refusal | undefined;

/**
 * Against DNS rebinding: the Host must be a loopback name, an IP address or in ALLOWED_HOSTS, for
 * a page of another site cannot be reached under any of them.
 */
export function hostDoor(settings: Settings): Door {
  const peerOf = peerReader(settings.TRUST_PROXY);
  const allowed = new Set(settings.ALLOWED_HOSTS.map(nameOf));
  const isOurs = (name: string) => isLoopback(name) || isIP(bare(name)) !== 0 || allowed.has(name);
  /** Those that were seen to be ours: most requests come under one of a few. */
  const ours = new LRUCache<string, true>({ max: 100 });
  const isForeign = (host: string) => {
    if (ours.has(host)) return false;
    if (!isOurs(nameOf(host))) return true;
    ours.set(host, true);
    return false;
  };
  return (request) => {
    // Both: a page under a foreign name may send any X-Forwarded-Host, but not another Host.
    const hosts = [request.headers.host ?? '', peerOf(request).host];
    const foreign = hosts.find(isForeign);
    if (foreign === undefined) return undefined;
    return new Refusal(
      'foreign-host',
      `This server does not answer to the host name "${foreign}": add it to ALLOWED_HOSTS.`,
    );
  };
}

/** The name in a Host header, without port and trailing dot; empty where it is none. */
function nameOf(host: string): string {
  if (!/^[^@/?#\\\s]+$/.test(host) || !URL.canParse(`http://${host}`)) return '';
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

// #region origin
/**
 * A browser says which page sends a request (RFC 6454 §7). It must be ours, where the loopback
 * names on one port are one origin, or be in ALLOWED_ORIGINS. Programs send none and may come in.
 */
export function originDoor(settings: Settings): Door {
  const isOwn = ownOrigin(settings);
  const allowed = new Set(settings.ALLOWED_ORIGINS);
  return (request) => {
    const { origin } = request.headers;
    if (origin === undefined || allowed.has(origin) || isOwn(request)) return undefined;
    return new Refusal(
      'foreign-origin',
      `Pages of ${origin} may not use this server: add that origin to ALLOWED_ORIGINS.`,
    );
  };
}
// #endregion

/** Whether a request says that it is from a page of this server’s own. */
export function ownOrigin({ TRUST_PROXY }: Settings): (request: IncomingMessage) => boolean {
  const peerOf = peerReader(TRUST_PROXY);
  return (request) => {
    const { origin = '' } = request.headers;
    return URL.canParse(origin) && sameHost(new URL(origin), peerOf(request).host);
  };
}

/** Who may reach other servers of this machine: visitors on it, unless YOURS says nobody. */
export function yoursDoor({ YOURS, TRUST_PROXY }: Settings): Door {
  const peerOf = peerReader(TRUST_PROXY);
  return (request) => {
    const { ip, hidden } = peerOf(request);
    if (YOURS === 'loopback' && isOwnAddress(ip) && !hidden) return undefined;
    return new Refusal(
      'not-here',
      YOURS === 'nobody'
        ? 'Nobody may use a server of their own here: start this one without YOURS=nobody.'
        : 'Only visitors on this server’s own machine may use a server of theirs: run both where your browser is.',
    );
  };
}

/** Who may start processes here, and kill them: as PAIR says, by default visitors on this machine. */
export function pairDoor({ PAIR, TRUST_PROXY }: Settings): Door {
  const peerOf = peerReader(TRUST_PROXY);
  return (request) => {
    if (PAIR === 'everybody') return undefined;
    // Behind a proxy that nobody has named, everybody would come from this machine.
    const { ip, hidden } = peerOf(request);
    if (PAIR === 'loopback' && isOwnAddress(ip) && !hidden) return undefined;
    return new Refusal(
      'not-here',
      PAIR === 'nobody'
        ? 'Nobody may use the two processes of this server: start it without PAIR=nobody.'
        : 'Only visitors on the server’s own machine may use its two processes: open it there, or start it with PAIR=everybody; behind a proxy, TRUST_PROXY has to name that.',
    );
  };
}

/** A Door as Express middleware. */
export function behind(door: Door): RequestHandler {
  return (request, _response, next) => {
    const refusal = door(request);
    if (refusal) throw refusal;
    next();
  };
}

function sameHost(origin: URL, host: string): boolean {
  if (!/^https?:$/.test(origin.protocol)) return false;
  const ours = `${origin.protocol}//${host}`;
  if (!URL.canParse(ours)) return false;
  const own = new URL(ours);
  if (own.host === origin.host) return true;
  return own.port === origin.port && isLoopback(own.hostname) && isLoopback(origin.hostname);
}

const bare = (name: string) => name.replace(/^\[|\]$/g, '');

/** Whether a host name, as a URL has it, means this machine itself. */
export const isLoopback = (name: string) =>
  /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(name);
