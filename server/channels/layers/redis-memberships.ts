import type { LocalGroups } from './local-groups.ts';
import type { RedisClient, RedisLink } from './redis-link.ts';

export interface MembershipsOptions {
  readonly link: RedisLink;
  readonly groups: LocalGroups;
  readonly keyOf: (group: string) => string;
  /** Seconds after which a membership lapses in Redis. */
  readonly groupExpiry: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Memberships to be removed that are remembered at most; those beyond it lapse. */
const REMEMBERED = 10_000;
const GROUPS_AT_ONCE = 500;
const LONGEST_TIMER = 2 ** 31 - 1;

/** The memberships of this process's channels, as they stand in Redis: renewed while they last. */
export class Memberships {
  readonly #options: MembershipsOptions;
  /** Not wanted any more, but still in Redis: group → channels. */
  readonly #unwanted = new Map<string, Set<string>>();
  #remembered = 0;
  readonly #timer: NodeJS.Timeout;
  readonly #stop: () => void;

  constructor(options: MembershipsOptions) {
    this.#options = options;
    const often = Math.min(options.groupExpiry * 250, LONGEST_TIMER);
    this.#timer = setInterval(() => void this.#renew(), often).unref();
    this.#stop = options.link.onChange((available) => {
      if (available) void this.#renew(); // it may have come back empty
    });
  }

  /** Rejects with RedisAway; then it may have been done, and must be removed. */
  async add(group: string, channel: string): Promise<void> {
    this.#forget(group, channel);
    await this.#options.link.run((client) => this.#put(client, group, [channel]));
  }

  /** Now, or when Redis is back. */
  async remove(groups: readonly string[], channel: string): Promise<void> {
    for (const group of groups) this.#remember(group, channel);
    await this.#removeUnwanted().catch(() => undefined);
  }

  /** Forgets what was to be removed. */
  clear(): void {
    this.#unwanted.clear();
    this.#remembered = 0;
  }

  /** Removes all of this process's. */
  async close(): Promise<void> {
    this.#stop();
    clearInterval(this.#timer);
    for (const [group, members] of this.#options.groups)
      for (const channel of members.keys()) this.#remember(group, channel);
    await this.#removeUnwanted().catch(() => undefined);
  }

  /** In the same turn of the event loop, so that what is sent from then on finds the members. */
  async #renew(): Promise<void> {
    try {
      await Promise.all([this.#removeUnwanted(), this.#putAll()]);
    } catch {
      // Redis is away; when it is back it is done again.
    }
  }

  async #putAll(): Promise<void> {
    const { link, groups } = this.#options;
    const names = [...groups].map(([group]) => group);
    while (names.length > 0) {
      const some = names.splice(0, GROUPS_AT_ONCE);
      await link.run((client) =>
        Promise.all(
          some.map((group) => this.#put(client, group, [...groups.members(group).keys()])),
        ),
      );
    }
  }

  async #put(client: RedisClient, group: string, channels: readonly string[]): Promise<void> {
    const [first, ...others] = channels;
    if (first === undefined) return;
    const { keyOf, now, groupExpiry } = this.#options;
    const key = keyOf(group);
    const score = now() / 1000;
    await Promise.all([
      client.zAdd(
        key,
        [first, ...others].map((value) => ({ score, value })),
      ),
      client.expire(key, groupExpiry),
    ]);
  }

  /** Rejects with RedisAway; then they stay remembered. */
  async #removeUnwanted(): Promise<void> {
    const { link, groups, keyOf } = this.#options;
    while (this.#unwanted.size > 0) {
      const some = [...this.#unwanted]
        .slice(0, GROUPS_AT_ONCE)
        .map(([group, names]): [string, string[]] => [group, [...names]]);
      const pairs = some.flatMap(([group, names]) => names.map((name) => [group, name] as const));
      for (const [group, channel] of pairs) this.#forget(group, channel);
      try {
        await link.run((client) =>
          Promise.all(some.map(([group, names]) => client.zRem(keyOf(group), names))),
        );
      } catch (error) {
        for (const [group, channel] of pairs)
          if (!groups.has(group, channel)) this.#remember(group, channel);
        throw error;
      }
    }
  }

  #remember(group: string, channel: string): void {
    const channels = this.#unwanted.get(group) ?? new Set<string>();
    if (channels.has(channel) || this.#remembered === REMEMBERED) return;
    this.#unwanted.set(group, channels.add(channel));
    this.#remembered += 1;
  }

  #forget(group: string, channel: string): void {
    const channels = this.#unwanted.get(group);
    if (!channels?.delete(channel)) return;
    this.#remembered -= 1;
    if (channels.size === 0) this.#unwanted.delete(group);
  }
}
