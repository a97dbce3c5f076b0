/** Which reader an exchange is of, by its own word: the query's `as`, and the reader's number for it. */
export interface Tag {
  readonly tag: string;
  readonly exchange: number;
}

/**
 * Reads `?as={tag}.{number}` of a target: 16 to 64 letters and digits, since whoever knows a tag may
 * watch its reader.
 */
export function tagIn(target: string): Tag | undefined {
  const [, tag, number = '0'] =
    /[?&]as=([A-Za-z0-9]{16,64})(?:\.(\d{1,9}))?(?:[&#]|$)/.exec(target) ?? [];
  return tag === undefined ? undefined : { tag, exchange: Number(number) };
}
