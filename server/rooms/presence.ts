/** How many are in each room, beside those who ask: they keep its log alive. */
export class Presence {
  readonly #rooms = new Map<string, number>();

  /** Somebody is there, until the function returned is called. */
  enter(room: string): () => void {
    this.#rooms.set(room, (this.#rooms.get(room) ?? 0) + 1);
    return () => {
      const left = (this.#rooms.get(room) ?? 1) - 1;
      if (left) this.#rooms.set(room, left);
      else this.#rooms.delete(room);
    };
  }

  rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}
