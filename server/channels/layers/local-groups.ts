import type { GroupDescription } from './layer.ts';
import type { LocalChannels } from './local-channels.ts';

const SHOWN = 100;

/** Who is in which group, of one process. */
export class LocalGroups {
  /** group → channel → when it was added */
  readonly #members = new Map<string, Map<string, number>>();
  /** channel → groups */
  readonly #groups = new Map<string, Set<string>>();

  [Symbol.iterator](): Iterator<[group: string, members: ReadonlyMap<string, number>]> {
    return this.#members.entries();
  }

  /** The members of a group, and when each was added. */
  members(group: string): ReadonlyMap<string, number> {
    return this.#members.get(group) ?? new Map<string, number>();
  }

  has(group: string, channel: string): boolean {
    return this.members(group).has(channel);
  }

  /** The groups that a channel is in. */
  of(channel: string): ReadonlySet<string> {
    return this.#groups.get(channel) ?? new Set<string>();
  }

  add(group: string, channel: string, when: number): void {
    const members = this.#members.get(group) ?? new Map<string, number>();
    this.#members.set(group, members.set(channel, when));
    const groups = this.#groups.get(channel) ?? new Set<string>();
    this.#groups.set(channel, groups.add(group));
  }

  discard(group: string, channel: string): void {
    const members = this.#members.get(group);
    members?.delete(channel);
    if (members?.size === 0) this.#members.delete(group);
    const groups = this.#groups.get(channel);
    groups?.delete(group);
    if (groups?.size === 0) this.#groups.delete(channel);
  }

  /** Takes a channel out of all its groups; returns them. */
  leaveAll(channel: string): string[] {
    const groups = [...this.of(channel)];
    for (const group of groups) this.discard(group, channel);
    return groups;
  }

  clear(): void {
    this.#members.clear();
    this.#groups.clear();
  }

  /** What is known of a group without asking anybody. */
  describe(group: string, channels: LocalChannels): Omit<GroupDescription, 'stored'> {
    const members = this.members(group);
    const shown = [...members.keys()].slice(0, SHOWN).map((name) => {
      const channel = channels.get(name);
      return { channel: name, waiting: channel?.queue.length ?? 0, lost: channel?.lost ?? 0 };
    });
    return { group, many: members.size, capacity: channels.options.capacity, members: shown };
  }
}
