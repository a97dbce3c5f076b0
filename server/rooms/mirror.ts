import type { Cursor } from '../../src/protocol/cursor.ts';
import type { NewMessage, Reading } from '../../src/protocol/message.ts';
import { type LogBounds, RoomLog } from './room-log.ts';
import { readingOfNone } from './rooms.ts';

/** A message as it stands in a log elsewhere. */
export interface Entry {
  sequence: number;
  words: NewMessage;
  at: number;
}

/** What a log elsewhere has after what a mirror has; undefined where there is none. */
export type Tail = { epoch: string; last: number; entries: readonly Entry[] } | undefined;

/** One room's log as far as this process knows it: so that many readers cost one question. */
export class Mirror {
  /** What a cache was told that it weighs. */
  weighed = 0;
  readonly #bounds: LogBounds;
  readonly #fetch: (epoch: string, last: number) => Promise<Tail>;
  #log: RoomLog | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param fetch asks for what the log has after a place */
  constructor(bounds: LogBounds, fetch: (epoch: string, last: number) => Promise<Tail>) {
    this.#bounds = bounds;
    this.#fetch = fetch;
  }

  /** Whether the log is there at all, as far as is known. */
  get isThere(): boolean {
    return this.#log !== undefined;
  }

  /** UTF-8 bytes that are kept. */
  get bytes(): number {
    return this.#log?.bytes ?? 0;
  }

  /** Whether what is after a cursor can be said without asking: some of it, if not all. */
  has(cursor: Cursor): boolean {
    return this.#log?.epoch === cursor.epoch && cursor.sequence < this.#log.last;
  }

  read(cursor: Cursor): Reading {
    return this.#log?.reading(cursor) ?? readingOfNone(cursor);
  }

  /** Takes in what was just appended elsewhere; false when something is missing before it. */
  hear(epoch: string, { sequence, words, at }: Entry): boolean {
    if (this.#log?.epoch !== epoch || sequence > this.#log.last + 1) return false;
    if (sequence === this.#log.last + 1) this.#log.append(words, at);
    return true;
  }

  /** Asks for all that is new, once for all who want it: never an answer from before the call. */
  async refresh(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#load().finally(() => (this.#running = undefined));
      return this.#running;
    }
    this.#next ??= this.#running
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.refresh();
      });
    return this.#next;
  }

  async #load(): Promise<void> {
    const { epoch, last } = this.#log ?? { epoch: '', last: 0 };
    const tail = await this.#fetch(epoch, last);
    if (!tail) {
      this.#log = undefined;
      return;
    }
    const [first] = tail.entries;
    const lost = first && this.#log && first.sequence > this.#log.last + 1;
    if (this.#log?.epoch !== tail.epoch || lost)
      this.#log = new RoomLog(this.#bounds, tail.epoch, (first?.sequence ?? tail.last + 1) - 1);
    for (const entry of tail.entries) this.hear(tail.epoch, entry);
  }
}
