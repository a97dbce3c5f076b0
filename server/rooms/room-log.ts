import { randomBytes } from 'node:crypto';
import { type Cursor, formatCursor } from '../../src/protocol/cursor.ts';
import type { Message, NewMessage, Reading } from '../../src/protocol/message.ts';

export interface LogBounds {
  /** Messages kept at most. */
  messages: number;
  /** UTF-8 bytes of JSON kept at most. */
  bytes: number;
}

/**
 * What was said in a room, in order, bounded: the oldest goes first. Its epoch is its own, so a
 * cursor into an earlier log of the same room is known to be foreign.
 */
export class RoomLog {
  /** UTF-8 bytes of the messages kept, as JSON. */
  bytes = 0;
  readonly epoch: string;
  readonly #bounds: LogBounds;
  readonly #kept: { message: Message; bytes: number }[] = [];
  #last: number;
  /** What was answered last, and for which place: many ask from the same. */
  #given: { place: number | null; reading: Reading } | undefined;

  /** @param last the sequence of the last message before those that will be taken in */
  constructor(bounds: LogBounds, epoch = RoomLog.newEpoch(), last = 0) {
    this.#bounds = bounds;
    this.epoch = epoch;
    this.#last = last;
  }

  /** An epoch that no other log has: 48 random bits in hex. */
  static newEpoch(): string {
    return randomBytes(6).toString('hex');
  }

  /** The sequence of the last message; 0 before there was one. */
  get last(): number {
    return this.#last;
  }

  /** Whether a cursor is one of this log's, and not from its future. */
  knows({ epoch, sequence }: Cursor): boolean {
    return epoch === null || (epoch === this.epoch && sequence <= this.#last);
  }

  /** Takes the next message in; `at` is ms since the epoch. */
  append(words: NewMessage, at: number): Message {
    const message = Object.freeze({ id: this.#cursor(++this.#last), ...words, at });
    this.#given = undefined;
    const bytes = Buffer.byteLength(JSON.stringify(message));
    this.#kept.push({ message, bytes });
    this.bytes += bytes;
    while (this.#kept.length > this.#bounds.messages || this.bytes > this.#bounds.bytes) {
      this.bytes -= this.#kept.shift()?.bytes ?? 0;
    }
    return message;
  }

  // #region after
  /** What came after a cursor; with an evicted or foreign one, all that is kept. */
  after(cursor: Cursor): Reading {
    const foreign = !this.knows(cursor);
    const evicted = this.#last - this.#kept.length;
    const known = foreign ? 0 : cursor.sequence;
    return {
      messages: this.#kept.slice(Math.max(0, known - evicted)).map(({ message }) => message),
      after: this.#cursor(this.#last),
      skipped: foreign ? null : Math.max(0, evicted - known),
    };
  }
  // #endregion

  /** As \`after\`, the same object for all who ask from the same place until something is said. */
  reading(cursor: Cursor): Reading {
    const place = this.knows(cursor) ? cursor.sequence : null;
    if (this.#given?.place === place) return this.#given.reading;
    const reading = this.after(cursor);
    Object.freeze(reading.messages);
    this.#given = { place, reading: Object.freeze(reading) };
    return reading;
  }

  #cursor(sequence: number): string {
    return formatCursor({ epoch: this.epoch, sequence });
  }
}
