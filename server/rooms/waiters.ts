import { Turns } from '../channels/index.ts';
import type { Until } from './rooms.ts';

type End = (error?: unknown) => void;

/** Who waits for the next message of a room, in this process. */
export class Waiters {
  readonly #rooms = new Map<string, Set<End>>();
  readonly #due = new Turns<End>((end) => end());

  /** Resolves with the next message of a room, or when there is nothing to wait for; rejects by `fail`. */
  next(room: string, until: Until): Promise<void> {
    return new Promise((resolve, reject) => {
      const here = this.#rooms.get(room) ?? new Set();
      this.#rooms.set(room, here);
      const end: End = (error) => {
        until.removeEventListener('abort', end);
        here.delete(end);
        if (here.size === 0 && this.#rooms.get(room) === here) this.#rooms.delete(room);
        if (error instanceof Error) reject(error);
        else resolve();
      };
      here.add(end);
      until.addEventListener('abort', end);
    });
  }

  /** Ends the wait of all that wait now, at the end of this turn of the event loop. */
  wake(room: string): void {
    const here = this.#rooms.get(room) ?? [];
    this.#rooms.delete(room);
    for (const end of here) this.#due.add(end);
  }

  /** Nobody can be told of a next message now. */
  fail(error: Error): void {
    for (const here of [...this.#rooms.values()]) for (const end of [...here]) end(error);
  }

  rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}
