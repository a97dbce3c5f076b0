import type { RequestHandler } from 'express';
import { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';
import type { Settings } from '../settings.ts';
import { peerReader } from './peer.ts';
import { Refusal } from './refusal.ts';

/** Says whether one more message may come now. */
export type Pace = () => boolean;

/** A pace of so many messages a second, with a burst: one for each WebSocket connection. */
export function paceOf(settings: Settings): Pace {
  const bucket = new TokenBucket({
    bucketSize: settings.MESSAGE_BURST,
    tokensPerInterval: settings.MESSAGES_PER_SECOND,
    interval: 'second',
  });
  bucket.content = settings.MESSAGE_BURST; // a new one starts empty
  return () => bucket.tryRemoveTokens(1);
}

/** How many paces are remembered; the one unused longest is forgotten, and starts anew. */
const REMEMBERED = 50_000;

/** Paces POSTs to one room from one address. */
export function pacePosts(settings: Settings): RequestHandler {
  const peerOf = peerReader(settings.TRUST_PROXY);
  const paces = new LRUCache<string, Pace>({ max: REMEMBERED });
  return (request, _response, next) => {
    if (request.method !== 'POST') return next();
    const room = /\/rooms\/([^/]*)/.exec(request.path)?.[1]?.slice(0, 64) ?? '';
    const key = `${peerOf(request).address} ${room}`;
    const pace = paces.get(key) ?? paceOf(settings);
    paces.set(key, pace);
    if (pace()) return next();
    throw new Refusal(
      'too-fast',
      `More than ${settings.MESSAGES_PER_SECOND} messages a second from one address: wait a second.`,
      { 'Retry-After': '1' },
    );
  };
}
