import { RedisLink } from './redis-link.ts';

export type RedisLayerOptions = {
  /** What the names in Redis begin with; the same for all who are to hear each other. */
  readonly prefix?: string;
  /** Messages that a channel of this process holds, and in Redis a queue: 100, and where nothing waits in Redis 1,000. */
  readonly capacity?: number;
} & (
  | { /** Whose owner closes it. */ readonly link: RedisLink }
  | { /** For a link of the layer's own. */ readonly url: string }
);

export type RedisCoreOptions = RedisLayerOptions & {
  /** Seconds after which a message that nobody took is dropped: a whole number. */
  readonly expiry?: number;
  /** Seconds after which a membership lapses, unless its process lives: a whole number. */
  readonly groupExpiry?: number;
  /** The clock of all who share the Redis, in milliseconds since 1970. */
  readonly now?: () => number;
};

/** The link that the options name, and whether the layer is to close it. */
export function linkOf(options: RedisLayerOptions): [link: RedisLink, owned: boolean] {
  return 'link' in options ? [options.link, false] : [new RedisLink({ url: options.url }), true];
}

/** Throws a TypeError unless Redis can take each of them as it is: a whole number, from 1 on. */
export function checkWhole(options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new TypeError(`${name} is ${value}. Give a whole number that is at least 1.`);
  }
}
