import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { RESP_TYPES } from 'redis';
import type { RedisClient, RedisLink } from './redis-link.ts';

/** ms between a failure and the next try. */
const RETRY = 100;
const BYTES = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** A client that gives strings of Redis as bytes. */
export type BytesClient = ReturnType<typeof asBytes>;

export function asBytes(client: RedisClient) {
  return client.withTypeMapping(BYTES);
}

/**
 * A connection of its own for commands that block: does `round` over and over, after an outage as
 * before, until it is stopped.
 */
export class RedisReader {
  readonly #client: RedisClient;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;

  constructor(link: RedisLink, round: (client: BytesClient) => Promise<void>) {
    this.#client = link.another();
    this.#client.connect().catch(() => undefined); // it tells the link, and tries again
    this.#done = this.#run(round);
  }

  /** Ends the connection. What Redis has just given away on it is lost. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort();
      if (this.#client.isOpen) this.#client.destroy();
    }
    await this.#done;
  }

  async #run(round: (client: BytesClient) => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    const client = asBytes(this.#client);
    while (!signal.aborted) {
      try {
        if (!this.#client.isReady) await once(this.#client, 'ready', { signal });
        await round(client);
      } catch {
        await pause(RETRY, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
