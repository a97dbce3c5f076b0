import { UsageError } from '../errors.ts';
import { Turns } from '../turns.ts';
import type { LayerCounters, LayerMessage, Taker } from './layer.ts';

export interface LocalOptions {
  /** Messages that a channel holds. */
  readonly capacity: number;
  /** Seconds after which a message that nobody took is dropped. */
  readonly expiry: number;
  /** Milliseconds. */
  readonly now: () => number;
}

/** A message, for all that it waits for. */
export interface Waiting {
  readonly message: LayerMessage;
  /** When it came, and when it expires. */
  readonly came: number;
  readonly expires: number;
}

interface Reader {
  readonly give: (message: LayerMessage) => void;
  readonly fail: (error: Error) => void;
}

/** A channel that this process reads: what waits in it, or who waits for it. */
export interface LocalChannel {
  readonly name: string;
  readonly queue: Waiting[];
  readonly readers: Reader[];
  /** Who takes all that comes, and whether it is still busy with the last. */
  taker: Taker | undefined;
  busy: boolean;
  lastRead: number;
  /** Lost because the channel was full. */
  lost: number;
}

/** The channels of one process, as every layer has them, and the counts of what became of messages. */
export class LocalChannels {
  readonly options: LocalOptions;
  readonly #channels = new Map<string, LocalChannel>();
  /** Channels in which something waits for who takes it, and senders who wait for those before them. */
  readonly #due = new Turns<LocalChannel | (() => void)>((due) => {
    if (typeof due === 'function') due();
    else this.#give(due);
  });
  #counters = zero();
  #sentToGroups = 0;

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
    const channel: LocalChannel = {
      name,
      queue: [],
      readers: [],
      taker: undefined,
      busy: false,
      lastRead: -Infinity,
      lost: 0,
    };
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
    const channel = this.#channels.get(name);
    if (!channel) return;
    this.#channels.delete(name);
    channel.queue.length = 0;
    channel.taker = undefined;
    const readers = channel.readers.splice(0);
    for (const reader of readers) reader.fail(new UsageError(`${name} was released.`));
  }

  /** A message that came now. */
  waiting(message: LayerMessage): Waiting {
    const came = this.options.now();
    return { message, came, expires: came + this.options.expiry * 1000 };
  }

  /** Gives a message to who waits for it, or lets it wait. False when the channel is full. */
  deliver(channel: LocalChannel, waiting: Waiting): boolean {
    const reader = channel.readers.shift();
    if (reader) {
      this.#counters.delivered += 1;
      reader.give(waiting.message);
      return true;
    }
    const { queue } = channel;
    if (queue.length > 0) this.dropExpired(channel, waiting.came);
    // Who takes may be behind only because its turn has not come.
    if (queue.length >= this.options.capacity) this.#give(channel);
    if (queue.length >= this.options.capacity) return false;
    queue.push(waiting);
    if (queue.length === 1 && channel.taker && !channel.busy) this.#due.add(channel);
    return true;
  }

  /** As `deliver`, for a sender who cannot be told: what is lost is counted. */
  deliverOrLose(channel: LocalChannel, waiting: Waiting): void {
    if (this.deliver(channel, waiting)) return;
    this.#counters.dropped.full += 1;
    channel.lost += 1;
  }

  /** To be awaited after each group send: after some it resolves when all who take had their turn. */
  async roomForMore(): Promise<void> {
    this.#sentToGroups += 1;
    if (this.#sentToGroups < this.options.capacity / 4) return;
    await new Promise<void>((resolve) => this.#due.add(resolve));
    this.#sentToGroups = 0;
  }

  /** From now on `take` gets what comes, at the end of each turn of the event loop. */
  consume(channel: LocalChannel, take: Taker): void {
    channel.taker = take;
    if (channel.queue.length > 0) this.#due.add(channel);
  }

  /** All that waits in a channel to who takes it, until that takes its time. */
  #give(channel: LocalChannel): void {
    const { queue } = channel;
    this.dropExpired(channel);
    while (channel.taker && !channel.busy) {
      const waiting = queue.shift();
      if (!waiting) return;
      this.#counters.delivered += 1;
      channel.busy = true; // also while it runs: it may send to itself
      const taken = channel.taker(waiting.message);
      const next = () => (channel.busy = false);
      if (taken) void taken.then(next).then(() => this.#give(channel));
      else next();
    }
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

  dropExpired({ queue }: LocalChannel, now = this.options.now()): void {
    if (queue[0] === undefined || queue[0].expires > now) return;
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
