import { randomUUID } from 'node:crypto';
import { ChannelFull } from '../errors.ts';
import type {
  ChannelLayer,
  GroupDescription,
  LayerCapabilities,
  LayerCounters,
  LayerMessage,
  Taker,
} from './layer.ts';
import { LocalChannels, type LocalChannel } from './local-channels.ts';
import { LocalGroups } from './local-groups.ts';
import { checkChannelName, checkGroupName, copyMessage, forEach, isLocal } from './message.ts';

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

/** The layer of a single process (Channels' `InMemoryChannelLayer`). */
export class InMemoryChannelLayer implements ChannelLayer {
  static readonly capabilities: LayerCapabilities = {
    groups: true,
    flush: true,
    acrossProcesses: false,
    capacity: true,
    expiry: true,
    keeps: true,
    outlivesProcess: false,
    sharesWork: true,
  };
  readonly capabilities = InMemoryChannelLayer.capabilities;

  readonly #options: typeof DEFAULTS;
  readonly #channels: LocalChannels;
  readonly #groups = new LocalGroups();

  constructor(options: InMemoryOptions = {}) {
    this.#options = { ...DEFAULTS, ...options };
    this.#channels = new LocalChannels(this.#options);
  }

  get counters(): LayerCounters {
    return structuredClone(this.#channels.counters);
  }

  /** What the layer holds now: messages waiting in each channel, members of each group. */
  get contents(): { channels: Map<string, number>; groups: Map<string, readonly string[]> } {
    const channels = [...this.#channels].map(({ name, queue }) => [name, queue.length] as const);
    const groups = [...this.#groups].map(([name, members]) => [name, [...members.keys()]] as const);
    return { channels: new Map(channels), groups: new Map(groups) };
  }

  async describe(group: string): Promise<GroupDescription> {
    checkGroupName(group);
    return { ...this.#groups.describe(group, this.#channels), stored: [] };
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const name = `${prefix}.inmemory!${randomUUID().replaceAll('-', '')}`;
    checkChannelName(name);
    this.#channels.open(name);
    return name;
  }

  async release(channel: string): Promise<void> {
    checkChannelName(channel);
    this.#groups.leaveAll(channel);
    this.#channels.release(channel);
  }

  async send(channel: string, message: LayerMessage): Promise<void> {
    checkChannelName(channel);
    const waiting = this.#channels.waiting(copyMessage(message));
    const known = this.#channels.get(channel);
    if (!known && isLocal(channel)) {
      this.#channels.counters.dropped.unknown += 1;
      return;
    }
    if (!known) this.#sweep();
    if (this.#channels.deliver(known ?? this.#channels.open(channel), waiting)) return;
    this.#channels.counters.refused += 1;
    throw new ChannelFull(channel, this.#options.capacity);
  }

  async receive(channel: string, signal?: AbortSignal): Promise<LayerMessage> {
    checkChannelName(channel);
    return this.#channels.receive(this.#member(channel), signal);
  }

  consume(channel: string, take: Taker): void {
    this.#channels.consume(this.#channels.find(channel), take);
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#member(channel);
    this.#groups.add(group, channel, this.#options.now());
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#groups.discard(group, channel);
  }

  // #region group-send
  async groupSend(group: string, message: LayerMessage): Promise<void> {
    checkGroupName(group);
    const next = forEach(copyMessage(message), (own) => this.#channels.waiting(own));
    for (const [name, added] of this.#groups.members(group)) {
      const channel = this.#channels.get(name) ?? this.#member(name);
      if (this.#lapsed(channel, added)) this.#groups.discard(group, name);
      else this.#channels.deliverOrLose(channel, next());
    }
    await this.#channels.roomForMore();
  }
  // #endregion

  async flush(): Promise<void> {
    this.#channels.flush();
    this.#groups.clear();
  }

  async close(): Promise<void> {
    this.#groups.clear();
    this.#channels.close();
  }

  /** A channel to read or to add to a group; one that is local must be open. */
  #member(name: string): LocalChannel {
    const shared = !isLocal(name) && !this.#channels.get(name);
    return shared ? this.#channels.open(name) : this.#channels.find(name);
  }

  #lapsed({ readers, taker, lastRead }: LocalChannel, added: number): boolean {
    if (taker || readers.length > 0) return false;
    const seen = Math.max(added, lastRead);
    return this.#options.now() - seen >= this.#options.groupExpiry * 1000;
  }

  /** Forgets the channels shared by name that nobody uses any more; those with an owner are released. */
  #sweep(): void {
    for (const channel of this.#channels) {
      const { name, readers, queue } = channel;
      if (isLocal(name) || readers.length > 0 || this.#groups.of(name).size > 0) continue;
      this.#channels.dropExpired(channel);
      if (queue.length === 0) this.#channels.release(name);
    }
  }
}
