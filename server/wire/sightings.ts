import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Refusal, WebSocketScope } from '../channels/index.ts';

/** What the server saw of one WebSocket: its handshake, and how it ended. */
export interface Sighting {
  path: string;
  /** The headers that make the handshake, as they came; of a Cookie only that there was one. */
  headers: readonly (readonly [name: string, value: string])[];
  /** ms since the epoch. */
  at: number;
  /** The HTTP status with which it was refused. */
  refused?: { status: number; detail: string };
  /** The code and reason that `disconnect` was given. */
  closed?: { code: number; reason: string; at: number };
}

const SHOWN = /^(host|origin|upgrade|connection|sec-websocket-(key|version|extensions))$/;

/**
 * The last sightings, by the name that a client gave its own connection in `?as=`: a demo's page
 * sees only its own end, and asks here for the other. Kept for two minutes, 5,000 of them.
 */
export class Sightings {
  readonly #known = new LRUCache<string, Sighting>({ max: 5_000, ttl: 120_000 });

  /** A handshake that a consumer was made for. */
  opened(scope: WebSocketScope): void {
    this.#note(scope.queryString, scope.path, scope.headers);
  }

  /** A handshake that was refused before. */
  refused({ url = '', headers }: IncomingMessage, { status, detail }: Refusal): void {
    const [path = '', query = ''] = url.split('?');
    const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    const sighting = this.#note(query, path, pairs);
    if (sighting) sighting.refused = { status, detail: short(detail) };
  }

  /** A consumer's `disconnect`. */
  closed({ queryString }: WebSocketScope, code: number, reason: string): void {
    const name = nameIn(queryString);
    if (name === undefined) return;
    const { path, headers, at } = this.#known.get(name) ?? { path: '', headers: [], at: 0 };
    const closed = { code, reason, at: Date.now() };
    this.#known.set(name, { path, headers, at, closed }); // for two minutes from now on
  }

  of(name: string): Sighting | undefined {
    return this.#known.get(name);
  }

  #note(query: string, path: string, headers: WebSocketScope['headers']): Sighting | undefined {
    const name = nameIn(query);
    if (name === undefined) return undefined;
    const shown = headers
      .filter(([key]) => SHOWN.test(key) || key === 'cookie')
      .slice(0, 20)
      .map(([key, value]) => [short(key), key === 'cookie' ? '…' : short(value)] as const);
    const sighting = { path: short(path), headers: shown, at: Date.now() };
    this.#known.set(name, sighting);
    return sighting;
  }
}

/** The name in a query: 16 to 64 letters and digits, since whoever knows it may ask, and a number. */
function nameIn(query: string): string | undefined {
  const name = new URLSearchParams(query).get('as') ?? '';
  return /^[A-Za-z0-9]{16,64}(\.\d{1,9})?$/.test(name) ? name : undefined;
}

/** Its first 200 characters, as a string of its own: a slice would keep all of the request alive. */
const short = (text: string) => Buffer.from(text.slice(0, 200)).toString();
