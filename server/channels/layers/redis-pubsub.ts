import { randomUUID } from 'node:crypto';
import type {
  ChannelLayer,
  GroupDescription,
  LayerCapabilities,
  LayerCounters,
  LayerMessage,
  Taker,
} from './layer.ts';
import { LocalChannels } from './local-channels.ts';
import { LocalGroups } from './local-groups.ts';
import { checkChannelName, checkGroupName, checkPrefix, copyMessage, forEach } from './message.ts';
import type { RedisLink } from './redis-link.ts';
import { decodeMessage, encodeMessage } from './redis-message.ts';
import { checkWhole, linkOf, type RedisLayerOptions } from './redis-options.ts';
import { Subscriptions } from './redis-subscriptions.ts';

/** One read of the connection can bring hundreds of messages, before any reader has its turn. */
const CAPACITY = 1_000;

/**
 * The layer of processes that share a Redis; a burst loses nothing, and nothing is kept either:
 * whoever does not listen has missed it (channels_redis' `RedisPubSubChannelLayer`).
 */
export class RedisPubSubLayer implements ChannelLayer {
  static readonly capabilities: LayerCapabilities = {
    groups: true,
    flush: true,
    acrossProcesses: true,
    capacity: false,
    expiry: false,
    keeps: false,
    outlivesProcess: false,
    sharesWork: false,
  };
  readonly capabilities = RedisPubSubLayer.capabilities;
  readonly link: RedisLink;

  readonly #ownsLink: boolean;
  readonly #prefix: string;
  readonly #channels: LocalChannels;
  readonly #groups = new LocalGroups();
  readonly #subscriptions: Subscriptions;

  constructor(options: RedisLayerOptions) {
    const { prefix = 'asgi', capacity = CAPACITY } = options;
    checkPrefix(prefix);
    checkWhole({ capacity });
    this.#prefix = prefix;
    [this.link, this.#ownsLink] = linkOf(options);
    this.#channels = new LocalChannels({
      capacity,
      expiry: Infinity,
      now: () => performance.now(),
    });
    this.#subscriptions = new Subscriptions(this.link, (message, channel) =>
      this.#hear(message, channel.toString()),
    );
  }

  get counters(): LayerCounters {
    return structuredClone(this.#channels.counters);
  }

  async describe(group: string): Promise<GroupDescription> {
    checkGroupName(group);
    const key = this.#keyOf(group);
    const subscribers = await this.link.runOrNull((client) => client.pubSubNumSub([key]));
    const many = subscribers?.[key] ?? 0;
    const stored = subscribers && [{ key, kind: 'subscribers' as const, many, entries: [] }];
    return { ...this.#groups.describe(group, this.#channels), stored };
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const name = `${this.#prefix}${prefix}.${randomUUID().replaceAll('-', '')}`;
    checkChannelName(name);
    await this.#open(name);
    return name;
  }

  async release(channel: string): Promise<void> {
    checkChannelName(channel);
    if (!this.#channels.get(channel)) return;
    const groups = this.#groups.leaveAll(channel);
    this.#channels.release(channel);
    const left = groups.filter((group) => this.#groups.members(group).size === 0);
    const names = [channel, ...left.map((group) => this.#keyOf(group))];
    await Promise.all(names.map((name) => this.#subscriptions.remove(name)));
  }

  async send(channel: string, message: LayerMessage): Promise<void> {
    checkChannelName(channel);
    const bytes = encodeMessage(copyMessage(message));
    const receivers = await this.link.run((client) => client.publish(channel, bytes));
    if (receivers === 0) this.#channels.counters.dropped.unknown += 1;
  }

  async receive(name: string, signal?: AbortSignal): Promise<LayerMessage> {
    checkChannelName(name);
    const shared = !this.#isLocal(name);
    const opening = shared && !this.#channels.get(name) && this.#open(name);
    const channel = this.#channels.find(name);
    try {
      const next = this.#channels.receive(channel, signal);
      next.catch(() => undefined); // where it cannot be opened, that is the reason to tell
      await opening;
      return await next;
    } catch (error) {
      // As Channels does: who stops to wait for a channel shared by name does not come back.
      const idle = channel.readers.length + channel.queue.length === 0;
      if (shared && idle && this.#channels.get(name) === channel) await this.release(name);
      throw error;
    }
  }

  consume(channel: string, take: Taker): void {
    this.#channels.consume(this.#channels.find(channel), take);
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#channels.find(channel);
    const isNew = !this.#groups.has(group, channel);
    this.#groups.add(group, channel, performance.now());
    try {
      await this.#subscriptions.add(this.#keyOf(group));
    } catch (error) {
      if (isNew) await this.groupDiscard(group, channel);
      throw error;
    }
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    if (!this.#groups.has(group, channel)) return;
    this.#groups.discard(group, channel);
    if (this.#groups.members(group).size > 0) return;
    await this.#subscriptions.remove(this.#keyOf(group));
  }

  async groupSend(group: string, message: LayerMessage): Promise<void> {
    checkGroupName(group);
    const bytes = encodeMessage(copyMessage(message));
    await this.link.run((client) => client.publish(this.#keyOf(group), bytes));
  }

  /** Forgets what this process has: there is nothing in Redis to forget. */
  async flush(): Promise<void> {
    const groups = [...this.#groups].map(([group]) => this.#keyOf(group));
    this.#groups.clear();
    this.#channels.flush();
    await Promise.all(groups.map((name) => this.#subscriptions.remove(name)));
  }

  async close(): Promise<void> {
    const groups = [...this.#groups].map(([group]) => this.#keyOf(group));
    const names = [...this.#channels].map(({ name }) => name);
    this.#groups.clear();
    this.#channels.close();
    await Promise.all([...groups, ...names].map((name) => this.#subscriptions.remove(name)));
    this.#subscriptions.close();
    if (this.#ownsLink) await this.link.close();
  }

  async #open(name: string): Promise<void> {
    const channel = this.#channels.open(name);
    try {
      await this.#subscriptions.add(name);
    } catch (error) {
      await this.#subscriptions.remove(name);
      if (this.#channels.get(name) === channel) this.#channels.release(name);
      throw error;
    }
  }

  // #region hear
  /** One message of Redis, for everyone here whom it is for. */
  #hear(bytes: Buffer, name: string): void {
    const group = this.#groupOf(name);
    const names = group === undefined ? [name] : [...this.#groups.members(group).keys()];
    const message = decodeMessage(bytes);
    const next = message && forEach(message, (own) => this.#channels.waiting(own));
    const { dropped } = this.#channels.counters;
    for (const receiver of names) {
      const channel = this.#channels.get(receiver);
      if (!next) dropped.poison += 1;
      else if (!channel) dropped.unknown += 1;
      else this.#channels.deliverOrLose(channel, next());
    }
  }
  // #endregion

  #keyOf(group: string): string {
    return `${this.#prefix}__group__${group}`;
  }

  #groupOf(name: string): string | undefined {
    const start = this.#keyOf('');
    return name.startsWith(start) ? name.slice(start.length) : undefined;
  }

  /** Whether a name is one that `newChannel` gives, here or elsewhere. */
  #isLocal(name: string): boolean {
    return name.startsWith(this.#prefix) && /\.[0-9a-f]{32}$/.test(name);
  }
}
