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
import { LocalChannels } from './local-channels.ts';
import { LocalGroups } from './local-groups.ts';
import {
  checkChannelName,
  checkGroupName,
  checkPrefix,
  copyMessage,
  forEach,
  isLocal,
} from './message.ts';
import type { RedisLink } from './redis-link.ts';
import { Memberships } from './redis-memberships.ts';
import { decodeQueued } from './redis-message.ts';
import { checkWhole, linkOf, type RedisCoreOptions } from './redis-options.ts';
import { Queues } from './redis-queues.ts';
import { RedisReader, type BytesClient } from './redis-reader.ts';
import { FLUSH } from './redis-scripts.ts';
import { storedOf } from './redis-stored.ts';
import { Workers } from './redis-workers.ts';

const AT_ONCE = 100;

const DEFAULTS = {
  prefix: 'asgi',
  capacity: 100,
  expiry: 60,
  groupExpiry: 86_400,
  now: () => Date.now(),
};

/**
 * The layer of processes that share a Redis, in which messages wait until they are taken
 * (channels_redis' `RedisChannelLayer`).
 */
export class RedisLayer implements ChannelLayer {
  static readonly capabilities: LayerCapabilities = {
    groups: true,
    flush: true,
    acrossProcesses: true,
    capacity: true,
    expiry: true,
    keeps: true,
    outlivesProcess: true,
    sharesWork: true,
  };
  readonly capabilities = RedisLayer.capabilities;
  readonly link: RedisLink;

  readonly #options: typeof DEFAULTS;
  readonly #ownsLink: boolean;
  readonly #process = hex();
  readonly #queues: Queues;
  readonly #channels: LocalChannels;
  readonly #groups = new LocalGroups();
  readonly #memberships: Memberships;
  readonly #workers: Workers;
  /** Take what comes for the channels of this process: one for each prefix of their names. */
  readonly #readers = new Map<string, RedisReader>();

  constructor(options: RedisCoreOptions) {
    this.#options = { ...DEFAULTS, ...options };
    const { prefix, capacity, expiry, groupExpiry } = this.#options;
    checkPrefix(prefix);
    checkWhole({ capacity, expiry, groupExpiry });
    [this.link, this.#ownsLink] = linkOf(options);
    this.#queues = new Queues(this.#options);
    this.#channels = new LocalChannels(this.#options);
    this.#workers = new Workers(this.link, this.#channels, (name) => this.#queues.keyOf(name));
    this.#memberships = new Memberships({
      ...this.#options,
      link: this.link,
      groups: this.#groups,
      keyOf: (group) => this.#queues.groupKey(group),
    });
  }

  get counters(): LayerCounters {
    return structuredClone(this.#channels.counters);
  }

  async describe(group: string): Promise<GroupDescription> {
    checkGroupName(group);
    const stored = await this.link.runOrNull((client) => storedOf(client, group, this.#queues));
    return { ...this.#groups.describe(group, this.#channels), stored };
  }

  async newChannel(prefix = 'specific'): Promise<string> {
    const name = `${prefix}.${this.#process}!${hex()}`;
    checkChannelName(name);
    this.#channels.open(name);
    const queue = this.#queues.keyOf(name);
    if (this.#readers.has(queue)) return name;
    this.#readers.set(queue, new RedisReader(this.link, (client) => this.#read(client, queue)));
    return name;
  }

  async release(channel: string): Promise<void> {
    checkChannelName(channel);
    if (!isLocal(channel)) return this.#workers.release(channel);
    const groups = this.#groups.leaveAll(channel);
    this.#channels.release(channel);
    if (groups.length > 0) await this.#memberships.remove(groups, channel);
  }

  async send(channel: string, message: LayerMessage): Promise<void> {
    checkChannelName(channel);
    const copy = copyMessage(message);
    const isTaken = await this.link.run((client) => this.#queues.put(client, channel, copy));
    if (isTaken) return;
    this.#channels.counters.refused += 1;
    throw new ChannelFull(channel, this.#options.capacity);
  }

  async receive(channel: string, signal?: AbortSignal): Promise<LayerMessage> {
    checkChannelName(channel);
    if (!isLocal(channel)) return this.#workers.receive(channel, signal);
    return this.#channels.receive(this.#channels.find(channel), signal);
  }

  consume(channel: string, take: Taker): void {
    this.#channels.consume(this.#channels.find(channel), take);
  }

  async groupAdd(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    if (!isLocal(channel)) return this.#memberships.add(group, channel);
    this.#channels.find(channel);
    const isNew = !this.#groups.has(group, channel);
    this.#groups.add(group, channel, this.#options.now());
    try {
      await this.#memberships.add(group, channel);
    } catch (error) {
      if (isNew) await this.groupDiscard(group, channel); // it may have come to Redis, or still come
      throw error;
    }
  }

  async groupDiscard(group: string, channel: string): Promise<void> {
    checkGroupName(group);
    checkChannelName(channel);
    this.#groups.discard(group, channel);
    await this.#memberships.remove([group], channel);
  }

  async groupSend(group: string, message: LayerMessage): Promise<void> {
    checkGroupName(group);
    const copy = copyMessage(message);
    const lost = await this.link.run((client) => this.#queues.putToGroup(client, group, copy));
    this.#channels.counters.dropped.full += lost;
  }

  /** Deletes all that begins with the prefix; members in other processes come back when they renew. */
  async flush(): Promise<void> {
    const pattern = `${this.#options.prefix}*`;
    await this.link.run((client) => client.eval(FLUSH, { arguments: [pattern] }));
    this.#memberships.clear();
    this.#groups.clear();
    this.#channels.flush();
  }

  async close(): Promise<void> {
    await this.#memberships.close();
    this.#groups.clear();
    this.#channels.close();
    await Promise.all([...this.#readers.values()].map((reader) => reader.stop()));
    await this.#workers.close();
    const queues = [...this.#readers.keys()];
    if (queues.length > 0)
      await this.link.run((client) => client.del(queues)).catch(() => undefined);
    if (this.#ownsLink) await this.link.close();
  }

  // #region read
  async #read(client: BytesClient, queue: string): Promise<void> {
    const first = await client.bzPopMin(queue, 5);
    if (first) this.#file(first.value);
    for (let many = first ? AT_ONCE : 0; many === AT_ONCE;) {
      const more = await client.zPopMinCount(queue, AT_ONCE);
      for (const { value } of more) this.#file(value);
      many = more.length;
    }
  }

  /** One message of the queue, for each channel that it names. */
  #file(bytes: Buffer): void {
    const { dropped } = this.#channels.counters;
    const { message, targets } = decodeQueued(bytes) ?? {};
    if (!message || !targets) dropped.poison += 1;
    else {
      const next = forEach(message, (own) => this.#channels.waiting(own));
      for (const name of targets) {
        const channel = this.#channels.get(name);
        if (!channel) dropped.unknown += 1;
        else this.#channels.deliverOrLose(channel, next());
      }
    }
  }
  // #endregion
}

function hex(): string {
  return randomUUID().replaceAll('-', '');
}
