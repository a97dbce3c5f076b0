import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';
import { parseRoomName } from '../../src/protocol/message.ts';
import type { Settings } from '../settings.ts';
import { peerReader } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Says whether one more message may come now. */
export type Pace = () => boolean;

/** A pace of so many messages a second, with a burst. */
function pace(perSecond: number, burst: number): Pace {
  const bucket = new TokenBucket({
    bucketSize: burst,
    tokensPerInterval: perSecond,
    interval: 'second',
  });
  bucket.content = burst; // a new one starts empty
  return () => bucket.tryRemoveTokens(1);
}

/** The pace of one WebSocket connection, or of one address in one room. */
const paceOf = (settings: Settings): Pace =>
  pace(settings.MESSAGES_PER_SECOND, settings.MESSAGE_BURST);

/** An address may send to all rooms together, or over all WebSockets, as much as to so many. */
const ROOMS_AT_ONCE = 10;

const paceOfAddress = ({ MESSAGES_PER_SECOND, MESSAGE_BURST }: Settings): Pace =>
  pace(MESSAGES_PER_SECOND * ROOMS_AT_ONCE, MESSAGE_BURST * ROOMS_AT_ONCE);

/** The pace of a WebSocket: its own, within that of its address over all its connections. */
export function paceSockets(settings: Settings): (request: IncomingMessage) => Pace {
  const peerOf = peerReader(settings.TRUST_PROXY);
  const addresses = remember(() => paceOfAddress(settings));
  return (request) => {
    const { address } = peerOf(request);
    let own: Pace | undefined; // most never send
    return () => (own ??= paceOf(settings))() && addresses(address)();
  };
}

/** How many paces are remembered; the one unused longest is forgotten, and starts anew. */
const REMEMBERED = 50_000;

/** Paces POSTs to one room from one address, and from one address to all rooms. */
export function pacePosts(settings: Settings): RequestHandler {
  const { MESSAGES_PER_SECOND } = settings;
  const peerOf = peerReader(settings.TRUST_PROXY);
  const rooms = remember(() => paceOf(settings));
  const addresses = remember(() => paceOfAddress(settings));
  return (request, _response, next) => {
    if (request.method !== 'POST') return next();
    const { address } = peerOf(request);
    if (rooms(`${address} ${roomOf(request.path)}`)() && addresses(address)()) return next();
    throw new Refusal(
      'too-fast',
      `More than ${MESSAGES_PER_SECOND} messages a second to one room, or ${MESSAGES_PER_SECOND * ROOMS_AT_ONCE} to all, from one address: wait a second.`,
      { 'Retry-After': '1' },
    );
  };
}

function remember(make: () => Pace): (key: string) => Pace {
  const paces = new LRUCache<string, Pace>({ max: REMEMBERED });
  return (key) => {
    const known = paces.get(key) ?? make();
    paces.set(key, known);
    return known;
  };
}

/** The room that a path names, however it is spelt; all that cannot be a room are one. */
function roomOf(path: string): string {
  const [, written = ''] = /\/rooms\/([^/]*)/i.exec(path) ?? [];
  try {
    const room = parseRoomName(decodeURIComponent(written));
    return room.ok ? room.value : '';
  } catch {
    return '';
  }
}
