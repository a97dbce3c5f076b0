/**
 * Numbers the exchanges of one reader, over all the transports that it makes one after another. With
 * a tag, each says in its address whose it is and which: `?as={tag}.{number}`, so that the server
 * can tell that reader's page what it saw. A server that does not know `as` ignores it.
 */
export class Exchanges {
  readonly tag: string | undefined;
  #last = 0;

  /** @param tag 16 to 64 letters and digits that nobody can guess: see `newTag` */
  constructor(tag?: string) {
    this.tag = tag;
  }

  next(): number {
    return ++this.#last;
  }

  /** An address that says which exchange it is for. */
  addressOf(url: string, exchange: number): string {
    if (this.tag === undefined) return url;
    return `${url}${url.includes('?') ? '&' : '?'}as=${this.tag}.${exchange}`;
  }
}

/** 124 random bits in 24 letters and digits; needs no secure context. */
export function newTag(): string {
  const random = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(random, (word) => word.toString(36).padStart(7, '0').slice(-6)).join('');
}
