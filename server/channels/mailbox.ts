/** A queue between one that puts and one that takes. The one who puts sees to its bound. */
export class Mailbox<Item> {
  #items: Item[] = [];
  #takers: ((item: Item) => void)[] = [];
  #last: { readonly item: Item } | undefined;

  /** How many items wait to be taken. */
  get size(): number {
    return this.#items.length;
  }

  /** Whether someone waits for an item. */
  get awaited(): boolean {
    return this.#takers.length > 0;
  }

  /** Adds an item; after `end` it does nothing. */
  put(item: Item): void {
    if (this.#last) return;
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  /** The next item, as soon as there is one. */
  take(): Promise<Item> {
    const item = this.#items.shift() ?? this.#last?.item;
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve) => {
      // Not push: it makes room for sixteen more, in each of many mailboxes.
      this.#takers = [...this.#takers, resolve];
    });
  }

  /** Nothing comes after `item`, which everyone who takes from then on is given. */
  end(item: Item): void {
    if (this.#last) return;
    this.#last = { item };
    for (const taker of this.#takers.splice(0)) taker(item);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#items = [];
  }
}
