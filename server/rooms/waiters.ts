import { Turns } from '../channels/index.ts';
import type { Until } from './rooms.ts';

/** One that waits, and whether it is about to be told. */
interface Bell {
  readonly ring: (error?: Error) => void;
  isDue: boolean;
}

/** Who waits for the next message of a room, in this process. */
export class Waiters {
  readonly #rooms = new Map<string, Set<Bell>>();
  readonly #due = new Turns<Bell>((bell) => {
    bell.isDue = false;
    bell.ring();
  });

  /** Resolves with the next message of a room, or when there is nothing to wait for; rejects by `fail`. */
  next(room: string, until: Until): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error?: unknown) => {
        until.removeEventListener('abort', end);
        leave();
        if (error instanceof Error) reject(error);
        else resolve();
      };
      const leave = this.watch(room, end);
      until.addEventListener('abort', end);
    });
  }

  /**
   * Calls `ring` with each message of a room, or once for several, and with the error by `fail`,
   * until the function returned is called; perhaps once more after that.
   */
  watch(room: string, ring: (error?: Error) => void): () => void {
    const here = this.#rooms.get(room) ?? new Set();
    this.#rooms.set(room, here);
    const bell: Bell = { ring, isDue: false };
    here.add(bell);
    return () => {
      here.delete(bell);
      if (here.size === 0 && this.#rooms.get(room) === here) this.#rooms.delete(room);
    };
  }

  /** Tells all that wait now, at the end of this turn of the event loop. */
  wake(room: string): void {
    for (const bell of this.#rooms.get(room) ?? []) {
      if (bell.isDue) continue;
      bell.isDue = true;
      this.#due.add(bell);
    }
  }

  /** Nobody can be told of a next message now. */
  fail(error: Error): void {
    for (const here of [...this.#rooms.values()]) for (const { ring } of [...here]) ring(error);
  }

  rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}
