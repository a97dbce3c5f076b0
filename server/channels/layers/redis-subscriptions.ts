import type { Hear, RedisLink } from './redis-link.ts';

/** What of a Redis is heard. What is not wanted any more while it is away, is left when it is back. */
export class Subscriptions {
  readonly #link: RedisLink;
  /** The same for all, so that Redis is never heard twice. */
  readonly #hear: Hear;
  /** What Redis was asked for: of all else there is nothing to remove, however many come while it is away. */
  readonly #asked = new Set<string>();
  /** Not wanted any more, but maybe still subscribed to. */
  readonly #unwanted = new Set<string>();
  readonly #stop: () => void;

  constructor(link: RedisLink, hear: Hear) {
    this.#link = link;
    this.#hear = hear;
    this.#stop = link.onChange((available) => {
      if (available) for (const name of this.#unwanted) void this.remove(name);
    });
  }

  /** Hears `name`. Rejects with RedisAway; then it must be removed. */
  async add(name: string): Promise<void> {
    this.#unwanted.delete(name);
    if (this.#link.available) this.#asked.add(name);
    await this.#link.subscribe(name, this.#hear);
  }

  /** Hears `name` no more: now, or when Redis is back. */
  async remove(name: string): Promise<void> {
    if (!this.#asked.has(name)) return;
    this.#unwanted.add(name);
    try {
      await this.#link.unsubscribe(name, this.#hear);
      if (this.#unwanted.delete(name)) this.#asked.delete(name);
    } catch {
      // Redis is away.
    }
  }

  close(): void {
    this.#stop();
  }
}
