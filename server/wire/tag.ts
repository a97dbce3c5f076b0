/** Which reader an exchange is of, by its own word: the query's `as`, and the reader's number for it. */
export interface Tag {
  readonly tag: string;
  readonly exchange: number;
}

/**
 * Under it, a view of the server's inside says whose each of its entries is, in their order. It is a
 * symbol since a tag is a secret: no JSON has it, and `Inside` tells it to those who know the tag.
 */
export const WHOSE = Symbol('whose');

/** Whose each entry is; undefined for who has no tag. */
export interface Owned {
  [WHOSE]?: readonly (string | undefined)[];
}

/**
 * Reads `?as={tag}.{number}` of a target: 16 to 64 letters and digits, since whoever knows a tag may
 * watch its reader.
 */
export function tagIn(target: string): Tag | undefined {
  const [, tag, number = '0'] =
    /[?&]as=([A-Za-z0-9]{16,64})(?:\.(\d{1,9}))?(?:[&#]|$)/.exec(target) ?? [];
  if (tag === undefined) return undefined;
  // A string of its own: a part of the target would keep all of it alive.
  return { tag: Buffer.from(tag).toString(), exchange: Number(number) };
}
