import type { Logger } from 'pino';
import type { PairView } from '../../src/protocol/views.ts';
import { Refusal } from '../guard/refusal.ts';
import { findRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';

/** ms for which a visitor may halt our Redis, and for which it is left alone afterwards. */
const PAUSE = 5_000;
const REST = 5_000;

/** The Redis of the pair: the one that REDIS_URL names, one of our own, or none. */
export class PairRedis {
  readonly #given: string;
  readonly #log: Logger;
  /** Whether one of our own is wanted; undefined while nobody has looked for the program. */
  #mayRun: boolean;
  #starting: Promise<RedisServer | undefined> | undefined;
  #server: RedisServer | undefined;
  #busy = false;
  #freeAt = 0;

  constructor(given: string, own: boolean, log: Logger) {
    this.#given = given;
    this.#mayRun = own;
    this.#log = log;
  }

  get source(): PairView['redis'] {
    if (this.#given) return 'given';
    if (this.#mayRun && !this.#server) this.#mayRun = findRedisServer() !== undefined;
    return this.#mayRun ? 'own' : 'none';
  }

  /** Resolves with its address when it accepts connections, with undefined where there is none. */
  async start(): Promise<string | undefined> {
    if (this.source !== 'own') return this.#given || undefined;
    this.#starting ??= startRedisServer().catch((error: Error) => {
      this.#log.warn(error.message);
      this.#mayRun = false;
      return undefined;
    });
    this.#server = await this.#starting;
    if (this.#server && !this.#server.running && !this.#busy) await this.#server.restart();
    return this.#server?.url;
  }

  /** Halts our own for 5 s. Throws a Refusal where there is none, or where it needs its rest. */
  pause(): void {
    void this.#doing((server) => server.pause(PAUSE));
  }

  /** Kills our own and starts it again, empty. Throws a Refusal as `pause` does. */
  async restart(): Promise<void> {
    await this.#doing((server) => server.restart());
  }

  /** Ends our own. */
  async stop(): Promise<void> {
    this.#mayRun = false;
    await (await this.#starting)?.stop();
  }

  /** One thing at a time, with a rest after it. */
  #doing(work: (server: RedisServer) => Promise<void>): Promise<void> {
    const server = this.#server;
    if (!server)
      throw new Refusal(
        'not-found',
        'This server runs no Redis of its own: start it without REDIS_URL and without --no-redis.',
      );
    if (this.#busy || Date.now() < this.#freeAt)
      throw new Refusal('too-fast', 'Redis needs a rest after the last time: wait a few seconds.', {
        'Retry-After': '5',
      });
    this.#busy = true;
    return work(server).finally(() => {
      this.#busy = false;
      this.#freeAt = Date.now() + REST;
    });
  }
}
