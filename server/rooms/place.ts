import { covers, type Cursor, formatCursor, isNext, START } from '../../src/protocol/cursor.ts';
import { parseAfter, type Reading } from '../../src/protocol/message.ts';
import { RedisAway } from '../channels/index.ts';
import { interrupted, take } from '../guard/refusal.ts';
import type { Rooms } from './rooms.ts';

/** How far a connection has been told what was said in its room. */
export class Place {
  readonly #rooms: Rooms;
  readonly #room: string;
  readonly #leave: () => void;
  #stopListening = () => {};
  #mayHaveMissed = () => {};
  #at: Cursor = START;

  /** Somebody is in the room, until `leave`. */
  constructor(rooms: Rooms, room: string) {
    this.#rooms = rooms;
    this.#room = room;
    this.#leave = rooms.keep(room, (last) => {
      if (!covers(this.#at, last)) this.#mayHaveMissed();
    });
  }

  /** Begins after a cursor, or with null from now on. Rejects with a Refusal, or RedisAway. */
  async begin(after: string | null): Promise<void> {
    const cursor = after ?? (await this.#rooms.after(this.#room, START)).after;
    this.#at = take(parseAfter(cursor));
  }

  /** What it has not been told, and the cursor before that; with this it is. Rejects with the Refusal `interrupted`. */
  async missed(): Promise<Reading & { from: string }> {
    const reading = await this.#rooms.after(this.#room, this.#at).catch((error: unknown) => {
      throw error instanceof RedisAway ? interrupted() : error;
    });
    const from = reading.messages.length ? formatCursor(this.#at) : reading.after;
    this.#at = take(parseAfter(reading.after));
    return { ...reading, from };
  }

  /** Something was said between what it was told last and the message there. */
  misses(message: Cursor): boolean {
    return !isNext(this.#at, message) && !covers(this.#at, message);
  }

  /** It is told the message there; false where it has been before. */
  moveTo(message: Cursor): boolean {
    if (covers(this.#at, message)) return false;
    this.#at = message;
    return true;
  }

  /**
   * Calls `listener` when it may have missed something, or can: the log goes away or is back, or the
   * room has become quiet and this connection was not told the last that was said.
   */
  onDoubt(listener: () => void): void {
    this.#mayHaveMissed = listener;
    this.#stopListening = this.#rooms.onChange(listener);
  }

  leave(): void {
    this.#stopListening();
    this.#leave();
  }
}
