import { RedisLink } from './redis-link.ts';

export type RedisLayerOptions = {
  /** What the names in Redis begin with; the same for all who are to hear each other. */
  readonly prefix?: string;
  /** Messages that a channel of this process holds, and in Redis a queue. */
  readonly capacity?: number;
} & (
  | { /** Whose owner closes it. */ readonly link: RedisLink }
  | { /** For a link of the layer's own. */ readonly url: string }
);

/** The link that the options name, and whether the layer is to close it. */
export function linkOf(options: RedisLayerOptions): [link: RedisLink, owned: boolean] {
  return 'link' in options ? [options.link, false] : [new RedisLink({ url: options.url }), true];
}
