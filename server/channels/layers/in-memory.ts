import { randomUUID } from 'node:crypto';
import { ChannelFull, UsageError } from '../errors.ts';
import type { ChannelLayer, LayerCapabilities, LayerCounters, LayerMessage } from './layer.ts';
import { checkChannelName, checkGroupName, copyMessage, isLocal } from './message.ts';

export interface InMemoryOptions {
  /** Messages that a channel holds. */
  readonly capacity?: number;
  /** Seconds after which a message that nobody took is dropped. */
  readonly expiry?: number;
  /** Seconds after which a membership lapses, unless its channel is still read. */
  readonly groupExpiry?: number;
  /** A clock that never goes back, in milliseconds. */
  readonly now?: () => number;
}

const DEFAULTS = { capacity: 100, expiry: 60, groupExpiry: 86_400, now: () => performance.now() };

/** A group, for people to look at. */
export interface GroupDescription {
  readonly group: string;
  readonly many: number;
  readonly capacity: number;
  readonly members: readonly {
    readonly channel: string;
    readonly waiting: number;
    readonly lost: number;
  }[];
}

interface Reader {
  readonly give: (message: LayerMessage) => void;
  readonly fail: (error: Error) => void;
}

interface Channel {
  readonly queue: { readonly message: LayerMessage; readonly expires: number }[];
  readonly readers: Reader[];
  readonly groups: Set<string>;
  lastRead: number;
  /** Lost because the channel was full. */
  lost: number;
}

/** The layer of a single process (Channels' `InMemoryChannelLayer`). */
export class InMemoryChannelLayer implements ChannelLayer {
  readonly capabilities: LayerCapabilities = {
    groups: true,
    flush: true,
    capacity: true,
    expiry: true,
    acrossProcesses: false,
  };

  readonly #options: typeof DEFAULTS;
  readonly #channels = new Map<string, Channel>();
  /** group → channel → when it was added */
  readonly #groups = new Map<string, Map<string, number>>();
  #counters = zero();

  constructor(options: InMemoryOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  get counters(): LayerCounters {
    return structuredClone(this.#counters);
  }

  /** What the layer holds now: messages waiting in each channel, members of each group. */
  get contents(): { channels: Map<string, number>; groups: Map<string, readonly string[]> } {
    const channels = [...this.#channels].map(([name, { queue }]) => [name, queue.length] as const);
    const groups = [...this.#groups].map(([name, members]) => [name, [...members.keys()]] as const);
    return { channels: new Map(channels), groups: new Map(groups) };
  }

  /**
   * A group as it is now: of its members, the first hundred, with the messages that wait in each
   * channel and those that it lost when it was full.
   */
  describe(group: string): GroupDescription {
    checkGroupName(group);
    const names = [...(this.#groups.get(group)?.keys() ?? [])];
    const members = names.slice(0, 100).map((channel) => {
      const { queue, lost } = this.#member(channel);
      return { channel, waiting: queue.length, lost };
    });
    return { group, many: names.length, capacity: this.#options.capacity, members };
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const name = `${prefix}.inmemory!${randomUUID().replaceAll('-', '')}`;
    checkChannelName(name);
    this.#open(name);
    return name;
  }

  async release(channel: string): Promise<void> {
    checkChannelName(channel);
    const { groups, readers } = this.#channels.get(channel) ?? { groups: [], readers: [] };
    for (const group of groups) this.#leave(group, channel);
    for (const reader of readers) reader.fail(new UsageError(`${channel} was released.`));
    this.#channels.delete(channel);
  }

  async send(channel: string, message: LayerMessage): Promise<void> {
    checkChannelName(channel);
    const copy = copyMessage(message);
    const known = this.#channels.get(channel);
    if (!known && isLocal(channel)) {
      this.#counters.dropped.unknown += 1;
      return;
    }
    if (!known) this.#sweep();
    if (this.#deliver(known ?? this.#open(channel), copy)) return;
    this.#counters.refused += 1;
    throw new ChannelFull(channel, this.#options.capacity);
  }

  async receive(name: string, signal?: AbortSignal): Promise<LayerMessage> {
    checkChannelName(name);
    if (signal?.aborted) throw aborted(name);
    const channel = this.#member(name);
    this.#dropExpired(channel);
    channel.lastRead = this.#options.now();
    const waiting = channel.queue.shift();
    if (waiting) {
      this.#counters.delivered += 1;
      return waiting.message;
    }
    return new Promise((resolve, reject) => {
      const reader = { give: resolve, fail: reject };
      channel.readers.push(reader);
      if (!signal) return;
      const abort = () => {
        channel.readers.splice(channel.readers.indexOf(reader), 1);
        reject(aborted(name));
      };
      signal.addEventListener('abort', abort, { once: true });
      reader.give = (message) => {
        signal.removeEventListener('abort', abort);
        resolve(message);
      };
    });
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#member(channel).groups.add(group);
    const members = this.#groups.get(group) ?? new Map<string, number>();
    this.#groups.set(group, members.set(channel, this.#options.now()));
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#leave(group, channel);
  }

  // #region group-send
  async groupSend(group: string, message: LayerMessage): Promise<void> {
    checkGroupName(group);
    const original = copyMessage(message);
    for (const [name, added] of this.#groups.get(group) ?? []) {
      const channel = this.#member(name);
      if (this.#lapsed(channel, added)) this.#leave(group, name);
      else if (!this.#deliver(channel, copyMessage(original))) {
        this.#counters.dropped.full += 1;
        channel.lost += 1;
      }
    }
  }
  // #endregion

  async flush(): Promise<void> {
    for (const channel of this.#channels.values()) {
      channel.queue.length = 0;
      channel.groups.clear();
    }
    this.#groups.clear();
    this.#counters = zero();
  }

  #open(name: string): Channel {
    const channel: Channel = {
      queue: [],
      readers: [],
      groups: new Set(),
      lastRead: -Infinity,
      lost: 0,
    };
    this.#channels.set(name, channel);
    return channel;
  }

  /** A channel to read or to add to a group; one that is local must be open. */
  #member(name: string): Channel {
    const channel = this.#channels.get(name);
    if (channel) return channel;
    if (!isLocal(name)) return this.#open(name);
    throw new UsageError(
      `${name} is not open here: its consumer has ended, or it came from another layer. ` +
        'Use the channelName of a consumer that lives.',
    );
  }

  /** False when the channel is full. */
  #deliver(channel: Channel, message: LayerMessage): boolean {
    const reader = channel.readers.shift();
    if (reader) {
      this.#counters.delivered += 1;
      reader.give(message);
      return true;
    }
    this.#dropExpired(channel);
    if (channel.queue.length >= this.#options.capacity) return false;
    channel.queue.push({ message, expires: this.#options.now() + this.#options.expiry * 1000 });
    return true;
  }

  #dropExpired({ queue }: Channel): void {
    const now = this.#options.now();
    const fresh = queue.findIndex(({ expires }) => expires > now);
    const dropped = queue.splice(0, fresh === -1 ? queue.length : fresh);
    this.#counters.dropped.expired += dropped.length;
  }

  #lapsed({ readers, lastRead }: Channel, added: number): boolean {
    const seen = Math.max(added, lastRead);
    const age = this.#options.now() - seen;
    return readers.length === 0 && age >= this.#options.groupExpiry * 1000;
  }

  #leave(group: string, channel: string): void {
    const members = this.#groups.get(group);
    members?.delete(channel);
    if (members?.size === 0) this.#groups.delete(group);
    this.#channels.get(channel)?.groups.delete(group);
  }

  /** Forgets the channels shared by name that nobody uses any more; those with an owner are released. */
  #sweep(): void {
    for (const [name, channel] of this.#channels) {
      if (isLocal(name) || channel.readers.length > 0 || channel.groups.size > 0) continue;
      this.#dropExpired(channel);
      if (channel.queue.length === 0) this.#channels.delete(name);
    }
  }
}

function zero(): LayerCounters {
  return { delivered: 0, refused: 0, dropped: { full: 0, expired: 0, unknown: 0 } };
}

function aborted(channel: string): DOMException {
  return new DOMException(`Nobody waits for ${channel} any more.`, 'AbortError');
}
