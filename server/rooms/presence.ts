import { type Cursor, START } from '../../src/protocol/cursor.ts';

/** ms of silence after which whoever is in a room ought to have been told all that was said. */
const QUIET = 500;

/** Sees whether somebody has been told the message at a cursor, and all before it. */
export type Check = (last: Cursor) => void;

interface Room {
  here: Set<{ check: Check }>;
  /** Where the newest message is, and what runs when nothing has followed it for a while. */
  last: Cursor;
  quiet: NodeJS.Timeout | undefined;
}

/** Who is in each room, beside those who ask: they keep its log alive. */
export class Presence {
  readonly #rooms = new Map<string, Room>();

  /** Somebody is there, until the function returned is called. */
  enter(room: string, check: Check = () => {}): () => void {
    const known = this.#rooms.get(room) ?? { here: new Set(), last: START, quiet: undefined };
    this.#rooms.set(room, known);
    const one = { check };
    known.here.add(one);
    return () => {
      known.here.delete(one);
      if (known.here.size > 0 || this.#rooms.get(room) !== known) return;
      clearTimeout(known.quiet);
      this.#rooms.delete(room);
    };
  }

  /** Something was said: once it is quiet, whoever is there checks that they have it. */
  said(room: string, at: Cursor): void {
    const known = this.#rooms.get(room);
    if (!known) return;
    known.last = at;
    if (known.quiet) return void known.quiet.refresh();
    known.quiet = setTimeout(() => {
      known.quiet = undefined;
      for (const { check } of [...known.here]) check(known.last);
    }, QUIET).unref();
  }

  rooms(): Iterable<string> {
    return this.#rooms.keys();
  }
}
