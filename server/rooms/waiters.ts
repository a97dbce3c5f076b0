/** Who waits for the next message of a room, in this process. */
export class Waiters {
  readonly #rooms = new Map<string, Set<(error?: Error) => void>>();

  /** Resolves with the next message of a room, or when the signal aborts; rejects by `fail`. */
  next(room: string, until: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const here = this.#rooms.get(room) ?? new Set();
      this.#rooms.set(room, here);
      const end = (error?: Error) => {
        until.removeEventListener('abort', onAbort);
        here.delete(end);
        if (here.size === 0) this.#rooms.delete(room);
        if (error) reject(error);
        else resolve();
      };
      const onAbort = () => end();
      here.add(end);
      until.addEventListener('abort', onAbort);
    });
  }

  wake(room: string): void {
    for (const end of [...(this.#rooms.get(room) ?? [])]) end();
  }

  /** Nobody can be told of a next message now. */
  fail(error: Error): void {
    for (const here of [...this.#rooms.values()]) for (const end of [...here]) end(error);
  }

  has(room: string): boolean {
    return this.#rooms.has(room);
  }

  rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}
