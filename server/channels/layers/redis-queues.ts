import type { LayerMessage } from './layer.ts';
import { isLocal } from './message.ts';
import type { RedisClient } from './redis-link.ts';
import { encodeQueued } from './redis-message.ts';
import { GROUP_SEND } from './redis-scripts.ts';

export interface QueuesOptions {
  readonly prefix: string;
  /** Messages that a queue holds. */
  readonly capacity: number;
  /** Seconds after which a message is dropped. */
  readonly expiry: number;
  /** Seconds after which a membership lapses. */
  readonly groupExpiry: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Puts messages into queues: sorted sets, by the time at which they were sent. There is one for each
 * process, for all of its channels, and one for each channel that is shared by name.
 */
export class Queues {
  readonly #options: QueuesOptions;
  /** Of the last message, in microseconds. */
  #last = 0;

  constructor(options: QueuesOptions) {
    this.#options = options;
  }

  groupKey(group: string): string {
    return `${this.#options.prefix}:group:${group}`;
  }

  /** The key of the queue that holds a channel's messages. */
  keyOf(channel: string): string {
    return this.#options.prefix + channel.slice(0, channel.indexOf('!') + 1 || undefined);
  }

  /** Puts a message on a channel. False when its queue is full. */
  async put(client: RedisClient, channel: string, message: LayerMessage): Promise<boolean> {
    const { capacity, expiry } = this.#options;
    const key = this.keyOf(channel);
    const value = encodeQueued(message, isLocal(channel) ? channel : undefined);
    const [, waiting] = await Promise.all([
      client.zRemRangeByScore(key, 0, this.#before(expiry)),
      client.zCount(key, '-inf', '+inf'),
    ]);
    if (waiting >= capacity) return false;
    await Promise.all([
      client.zAdd(key, { score: this.#nextScore(), value }),
      client.expire(key, expiry),
    ]);
    return true;
  }

  /** Puts a message on each channel of a group. Returns how many of them get none: their queue is full. */
  async putToGroup(client: RedisClient, group: string, message: LayerMessage): Promise<number> {
    const { capacity, expiry, groupExpiry } = this.#options;
    const key = this.groupKey(group);
    const [, members] = await Promise.all([
      client.zRemRangeByScore(key, 0, this.#before(groupExpiry)),
      client.zRange(key, 0, -1),
    ]);
    const queues = Object.entries(Object.groupBy(members, (channel) => this.keyOf(channel)));
    if (queues.length === 0) return 0;
    const clean = client.multi();
    for (const [queue] of queues) clean.zRemRangeByScore(queue, 0, this.#before(expiry));
    const [, full] = await Promise.all([
      clean.exec(),
      client.eval(GROUP_SEND, {
        keys: queues.map(([queue]) => queue),
        arguments: [
          ...queues.map(([, channels]) => encodeQueued(message, channels)),
          ...queues.map(() => String(capacity)),
          String(this.#nextScore()),
          String(expiry),
        ],
      }),
    ]);
    const lost = Array.isArray(full) ? full.map((index) => queues[Number(index) - 1]?.[1]) : [];
    return lost.flat().length;
  }

  /** Up to which score what is older than `age` seconds stands. */
  #before(age: number): number {
    return Math.floor(this.#options.now() / 1000) - age;
  }

  /** Seconds; strictly greater than any before, since equal scores are sorted by their bytes. */
  #nextScore(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#options.now() * 1000));
    return this.#last / 1e6;
  }
}
