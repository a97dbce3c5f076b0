import { setTimeout as pause } from 'node:timers/promises';
import { createClient, ErrorReply } from 'redis';
import { RedisAway } from '../errors.ts';

export interface RedisLinkOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: string;
  /** ms after which Redis counts as hung. */
  readonly deadline?: number;
  /** Told what went wrong on the way; it is tried again anyhow. */
  readonly onError?: (error: Error) => void;
}

/** ms from one question whether Redis is still there to the next. */
const HEARTBEAT = 1_000;
/** ms without a byte after which a connection is made anew: its other end may be gone unheard. */
const SILENCE = 30_000;

function newClient(url: string) {
  return createClient({
    url,
    RESP: 3, // on one connection: commands, and what is published
    disableOfflineQueue: true, // what cannot be sent now is refused, not kept
    commandOptions: { timeout: 0 }, // the deadline is ours
    socket: {
      connectTimeout: 2_000,
      socketTimeout: SILENCE,
      reconnectStrategy: (tries) => Math.min(25 * 2 ** tries, 500) + Math.random() * 25,
    },
  });
}

/** Told what is published, and where. */
export type Hear = (message: Buffer, channel: Buffer) => void;

/** A client of the package `redis`, as a link makes them. */
export type RedisClient = ReturnType<typeof newClient>;

/** What of an AbortSignal is needed. */
interface Aborting {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * One process's connection to a Redis (6 or newer) that may go away and come back: killed, hung or
 * cut off. While it is away, whatever is asked of it is refused at once; it is away from the first
 * answer that did not come within the deadline until it answers again, with all subscriptions.
 */
export class RedisLink {
  readonly url: string;
  readonly #deadline: number;
  readonly #client: RedisClient;
  readonly #onError: (error: Error) => void;
  /** What is to be heard as soon as Redis is there. */
  readonly #wanted: [channel: string, hear: (message: Buffer) => void][] = [];
  readonly #listeners = new Set<(available: boolean) => void>();
  readonly #heart: NodeJS.Timeout;
  readonly #first = Promise.withResolvers<void>();
  #available = false;
  #probing = false;
  #closed = false;

  constructor({ url, deadline = 500, onError = () => {} }: RedisLinkOptions) {
    this.url = url;
    this.#deadline = deadline;
    this.#onError = onError;
    this.#client = newClient(url);
    this.#client.on('error', (error: Error) => this.#lost(error));
    this.#client.on('ready', () => void this.#probe());
    this.#client.connect().catch((error: Error) => this.#lost(error));
    this.#heart = setInterval(() => void this.#probe(), HEARTBEAT).unref();
  }

  /** Whether Redis answers, as far as is known. */
  get available(): boolean {
    return this.#available;
  }

  /** Resolves when Redis has answered for the first time, or at the latest after `ms`. */
  async settled(ms = this.#deadline): Promise<void> {
    const late = new AbortController();
    await Promise.race([
      this.#first.promise,
      pause(ms, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
  }

  /** Calls `listener` each time Redis goes away (false) or is back (true), until the function returned is called. */
  onChange(listener: (available: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when Redis is available, or with the signal. */
  back(until: Aborting): Promise<void> {
    if (this.#available || until.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        stop();
        until.removeEventListener('abort', end);
        resolve();
      };
      const stop = this.onChange(end);
      until.addEventListener('abort', end);
    });
  }

  /**
   * Runs commands. Rejects with RedisAway: at once while Redis is away, else within the deadline;
   * it says whether the commands may have an effect all the same.
   */
  async run<Answer>(commands: (client: RedisClient) => Promise<Answer>): Promise<Answer> {
    if (!this.#available) throw new RedisAway(false);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#setAvailable(false);
      late.reject(new RedisAway(true));
    }, this.#deadline);
    try {
      return await Promise.race([commands(this.#client), late.promise]);
    } catch (error) {
      if (error instanceof RedisAway) throw error;
      // LOADING, READONLY, OOM and their like: it answers, but does not do it.
      if (error instanceof ErrorReply) {
        if (!REFUSES.test(error.message)) throw error;
        if (!/^(OOM|READONLY|MISCONF)\b/.test(error.message)) this.#setAvailable(false);
        throw new RedisAway(false, error);
      }
      throw new RedisAway(true, error); // the connection broke under it
    } finally {
      clearTimeout(timer);
    }
  }

  /** As `run`, for what can be done without: null while Redis is away. */
  async runOrNull<Answer>(commands: (client: RedisClient) => Promise<Answer>) {
    try {
      return await this.run(commands);
    } catch (error) {
      if (error instanceof RedisAway) return null;
      throw error;
    }
  }

  /** Hears what is published, as bytes, for as long as the link lives and Redis is there. */
  listen(channel: string, hear: (message: Buffer) => void): void {
    this.#wanted.push([channel, hear]);
    void this.#probe();
  }

  /** Hears what is published, as bytes; also after Redis was away. Rejects as `run` does. */
  async subscribe(channel: string, hear: Hear): Promise<void> {
    await this.run((client) => client.subscribe(channel, hear, true));
  }

  async unsubscribe(channel: string, hear: Hear): Promise<void> {
    await this.run((client) => client.unsubscribe(channel, hear, true));
  }

  /** A connection of one's own, for commands that block; its owner connects it and destroys it. */
  another(): RedisClient {
    const client = newClient(this.url);
    client.on('error', this.#onError);
    return client;
  }

  /** Ends the connection; what is under way is awaited for as long as the deadline. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heart);
    this.#listeners.clear();
    const late = new AbortController();
    if (this.#client.isReady)
      await Promise.race([
        this.#client.close().catch(() => {}),
        pause(this.#deadline, undefined, { signal: late.signal }).catch(() => {}),
      ]);
    late.abort();
    this.#available = false;
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Asks whether Redis answers; one question at a time, which may stay unanswered for long. */
  async #probe(): Promise<void> {
    if (this.#probing || this.#closed || !this.#client.isReady) return;
    this.#probing = true;
    const timer = setTimeout(() => this.#setAvailable(false), this.#deadline);
    try {
      for (let one = this.#wanted[0]; one; one = this.#wanted[0]) {
        await this.#client.subscribe(...one, true);
        this.#wanted.shift();
      }
      await this.#client.ping();
      this.#setAvailable(true);
    } catch (error) {
      this.#setAvailable(false);
      if (error instanceof Error) this.#onError(error);
    } finally {
      clearTimeout(timer);
      this.#probing = false;
    }
  }

  #lost(error: Error): void {
    if (this.#closed) return;
    this.#setAvailable(false);
    this.#onError(error);
  }

  #setAvailable(available: boolean): void {
    if (this.#available === available || this.#closed) return;
    this.#available = available;
    if (available) this.#first.resolve();
    for (const listener of [...this.#listeners]) listener(available);
  }
}

/** How Redis says that it does nothing for anybody just now; the first three still answer questions. */
const REFUSES = /^(OOM|READONLY|MISCONF|LOADING|BUSY|NOAUTH|NOPERM|MASTERDOWN|CLUSTERDOWN)\b/;
