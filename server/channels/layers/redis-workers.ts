import { setTimeout as pause } from 'node:timers/promises';
import type { LayerMessage } from './layer.ts';
import type { LocalChannel, LocalChannels } from './local-channels.ts';
import type { RedisLink } from './redis-link.ts';
import { decodeQueued } from './redis-message.ts';
import { RedisReader, type BytesClient } from './redis-reader.ts';
import { TAKE_BACK } from './redis-scripts.ts';

/** ms for which a reader who has a message is expected to come for the next. */
const LINGER = 5_000;

interface Worker {
  readonly channel: LocalChannel;
  readonly reader: RedisReader;
  /** Someone waits. */
  wake: () => void;
}

/**
 * Reads channels that are shared by name, each on a connection of its own, while somebody waits for
 * a message. What is taken stands in `…$inflight` until it is given, so that a process that dies
 * then loses nothing; so, as in channels_redis, a message may come twice.
 */
export class Workers {
  readonly #link: RedisLink;
  readonly #channels: LocalChannels;
  readonly #keyOf: (channel: string) => string;
  readonly #workers = new Map<string, Worker>();

  constructor(link: RedisLink, channels: LocalChannels, keyOf: (channel: string) => string) {
    this.#link = link;
    this.#channels = channels;
    this.#keyOf = keyOf;
  }

  async receive(name: string, signal?: AbortSignal): Promise<LayerMessage> {
    const channel = this.#channels.get(name) ?? this.#channels.open(name);
    const next = this.#channels.receive(channel, signal);
    const worker = this.#workers.get(name);
    if (worker) worker.wake();
    else if (channel.readers.length > 0) this.#start(channel);
    else this.#channels.release(name);
    return next;
  }

  async release(name: string): Promise<void> {
    const worker = this.#workers.get(name);
    this.#workers.delete(name);
    this.#channels.release(name);
    worker?.wake();
    await worker?.reader.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.keys()].map((name) => this.release(name)));
  }

  #start(channel: LocalChannel): void {
    const reader = new RedisReader(this.#link, (client) => this.#round(client, worker));
    const worker: Worker = { channel, reader, wake: () => {} };
    this.#workers.set(channel.name, worker);
  }

  async #round(client: BytesClient, worker: Worker): Promise<void> {
    const { channel } = worker;
    if (!(await isWanted(worker))) {
      void this.release(channel.name);
      return;
    }
    const key = this.#keyOf(channel.name);
    const taken = `${key}$inflight`;
    await client.eval(TAKE_BACK, { arguments: [key, taken] });
    const popped = await client.bzPopMin(key, 5);
    if (!popped) return;
    const { value, score } = popped;
    await client.zAdd(taken, { value, score });
    const queued = decodeQueued(value);
    if (!queued) this.#channels.counters.dropped.poison += 1;
    else if (channel.readers.length > 0)
      this.#channels.deliver(channel, this.#channels.waiting(queued.message));
    else await client.zAdd(key, { value, score }); // whoever waited does not any more
    await client.zRem(taken, value);
  }
}

/** Whether somebody waits, or comes within the time. */
async function isWanted(worker: Worker): Promise<boolean> {
  const { readers } = worker.channel;
  if (readers.length > 0) return true;
  const enough = new AbortController();
  const woken = new Promise<void>((resolve) => (worker.wake = resolve));
  const late = pause(LINGER, undefined, { signal: enough.signal, ref: false });
  await Promise.race([woken, late.catch(() => undefined)]);
  enough.abort();
  return readers.length > 0;
}
