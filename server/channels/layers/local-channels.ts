import { UsageError } from '../errors.ts';
import type { LayerCounters, LayerMessage } from './layer.ts';

export interface LocalOptions {
  /** Messages that a channel holds. */
  readonly capacity: number;
  /** Seconds after which a message that nobody took is dropped. */
  readonly expiry: number;
  /** Milliseconds. */
  readonly now: () => number;
}

interface Reader {
  readonly give: (message: LayerMessage) => void;
  readonly fail: (error: Error) => void;
}

/** A channel that this process reads: what waits in it, or who waits for it. */
export interface LocalChannel {
  readonly name: string;
  readonly queue: { readonly message: LayerMessage; readonly expires: number }[];
  readonly readers: Reader[];
  lastRead: number;
  /** Lost because the channel was full. */
  lost: number;
}

/** The channels of one process, as every layer has them, and the counts of what became of messages. */
export class LocalChannels {
  readonly options: LocalOptions;
  readonly #channels = new Map<string, LocalChannel>();
  #counters = zero();

  constructor(options: LocalOptions) {
    this.options = options;
  }

  /** Its owner counts on it. */
  get counters(): LayerCounters {
    return this.#counters;
  }

  [Symbol.iterator](): Iterator<LocalChannel> {
    return this.#channels.values();
  }

  open(name: string): LocalChannel {
    const channel: LocalChannel = { name, queue: [], readers: [], lastRead: -Infinity, lost: 0 };
    this.#channels.set(name, channel);
    return channel;
  }

  get(name: string): LocalChannel | undefined {
    return this.#channels.get(name);
  }

  /** A channel that must be open; else it throws a UsageError. */
  find(name: string): LocalChannel {
    const channel = this.#channels.get(name);
    if (channel) return channel;
    throw new UsageError(
      `${name} is not open here: its consumer has ended, or it came from another layer. ` +
        'Use the channelName of a consumer that lives.',
    );
  }

  /** Forgets a channel and what waits in it; who waits for it gets a UsageError. */
  release(name: string): void {
    const readers = this.#channels.get(name)?.readers.splice(0) ?? [];
    this.#channels.delete(name);
    for (const reader of readers) reader.fail(new UsageError(`${name} was released.`));
  }

  /** Gives a message to who waits for it, or lets it wait. False when the channel is full. */
  deliver(channel: LocalChannel, message: LayerMessage): boolean {
    const reader = channel.readers.shift();
    if (reader) {
      this.#counters.delivered += 1;
      reader.give(message);
      return true;
    }
    this.dropExpired(channel);
    if (channel.queue.length >= this.options.capacity) return false;
    const expires = this.options.now() + this.options.expiry * 1000;
    channel.queue.push({ message, expires });
    return true;
  }

  /** As `deliver`, for a sender who cannot be told: what is lost is counted. */
  deliverOrLose(channel: LocalChannel, message: LayerMessage): void {
    if (this.deliver(channel, message)) return;
    this.#counters.dropped.full += 1;
    channel.lost += 1;
  }

  /** The next message of a channel, when there is one. */
  async receive(channel: LocalChannel, signal?: AbortSignal): Promise<LayerMessage> {
    if (signal?.aborted) throw aborted(channel.name);
    this.dropExpired(channel);
    channel.lastRead = this.options.now();
    const waiting = channel.queue.shift();
    if (waiting) {
      this.#counters.delivered += 1;
      return waiting.message;
    }
    const { promise, resolve, reject } = Promise.withResolvers<LayerMessage>();
    const settled = () => signal?.removeEventListener('abort', abort);
    const reader: Reader = {
      give: (message) => (settled(), resolve(message)),
      fail: (error) => (settled(), reject(error)),
    };
    const abort = () => {
      channel.readers.splice(channel.readers.indexOf(reader), 1);
      reject(aborted(channel.name));
    };
    channel.readers.push(reader);
    signal?.addEventListener('abort', abort, { once: true });
    return promise;
  }

  dropExpired({ queue }: LocalChannel): void {
    const now = this.options.now();
    const fresh = queue.findIndex(({ expires }) => expires > now);
    const dropped = queue.splice(0, fresh === -1 ? queue.length : fresh);
    this.#counters.dropped.expired += dropped.length;
  }

  /** Forgets what waits, and the counts. */
  flush(): void {
    for (const { queue } of this) queue.length = 0;
    this.#counters = zero();
  }

  close(): void {
    for (const { name } of [...this]) this.release(name);
  }
}

function zero(): LayerCounters {
  return { delivered: 0, refused: 0, dropped: { full: 0, expired: 0, unknown: 0, poison: 0 } };
}

function aborted(channel: string): DOMException {
  return new DOMException(`Nobody waits for ${channel} any more.`, 'AbortError');
}
