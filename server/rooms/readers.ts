import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Cursor } from '../../src/protocol/cursor.ts';
import type { Hold } from '../guard/hold.ts';
import { Refusal } from '../guard/refusal.ts';
import type { Settings } from '../settings.ts';
import { WHOSE } from '../wire/tag.ts';
import type { Clock, Rooms } from './rooms.ts';

/**
 * A reader that comes and goes, as in long polling: the server keeps its place while it is away.
 * Its queue is what the room's log holds after that place, so no message is kept twice.
 */
export class RememberedReader {
  /** Up to here it has said that it received. */
  place: Cursor;
  #held: Hold | undefined;

  constructor(place: Cursor) {
    this.place = place;
  }

  /** A request is held for it now. */
  get held(): boolean {
    return this.#held?.aborted === false;
  }

  /** Whose it is, as far as its requests were looked on at. */
  get tag(): string | undefined {
    return this.#held?.tag;
  }

  /** Another request is held for it from now on; the one before is refused. */
  takeOver(held: Hold): void {
    if (this.held) this.#held?.end(takenOver());
    this.#held = held;
  }

  /** It is forgotten: whoever still asks for it is told so. */
  leave(): void {
    if (this.held) this.#held?.end(unknownReader());
  }
}

export interface ReadersBounds {
  /** Readers a room. */
  perRoom: number;
  /** Seconds that a reader is remembered after its last request. */
  idleSeconds: number;
}

/** Readers over all rooms; beyond, the one idle longest is forgotten. */
const READERS_IN_ALL = 20_000;
/** ms from one search for idle readers to the next; in a room that is full, sooner. */
const SWEEP = 10_000;
const SWEEP_WHEN_FULL = 1_000;

/** The readers that the server remembers, by room and id. */
export class Readers {
  readonly #bounds: ReadersBounds;
  readonly #clock: Clock;
  readonly #known: LRUCache<string, RememberedReader>;
  readonly #perRoom = new Map<string, Set<RememberedReader>>();
  #swept = 0;

  constructor(bounds: ReadersBounds, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#known = new LRUCache<string, RememberedReader>({
      max: READERS_IN_ALL,
      ttl: bounds.idleSeconds * 1000,
      ttlResolution: 0,
      updateAgeOnGet: true,
      perf: { now: () => clock.monotonic() },
      dispose: (reader, key) => this.#leave(reader, key),
    });
  }

  /** An id that cannot be guessed, 128 random bits in hex: whoever has it reads that queue. */
  static newId(): string {
    return randomBytes(16).toString('hex');
  }

  /**
   * Remembers a reader from a place on. Throws a Refusal: `unknown-reader` without a place, for an
   * id that this server may have given out and no longer knows; `too-many-readers`.
   */
  add(room: string, id: string, place: Cursor | undefined): RememberedReader {
    if (!place) throw unknownReader();
    const here = this.#perRoom.get(room) ?? new Set();
    this.#sweep(here.size >= this.#bounds.perRoom);
    if (here.size >= this.#bounds.perRoom)
      throw new Refusal(
        'too-many-readers',
        `This room has ${this.#bounds.perRoom} readers: choose another, or wait until some have left.`,
        { 'Retry-After': '60' },
      );
    const reader = new RememberedReader(place);
    this.#perRoom.set(room, here.add(reader));
    this.#known.set(`${room}/${id}`, reader);
    return reader;
  }

  /** A reader that is still remembered; asking keeps it so. */
  find(room: string, id: string): RememberedReader | undefined {
    return this.#known.get(`${room}/${id}`);
  }

  forget(room: string, id: string): void {
    this.#known.delete(`${room}/${id}`);
  }

  /** A room's readers, the first twenty: whether a request is held, and how many messages are owed. */
  async overview(room: string, rooms: Rooms) {
    this.#sweep();
    const here = [...(this.#perRoom.get(room) ?? [])];
    const shown = here.slice(0, 20);
    const readers = shown.map(async ({ place, held }) => {
      const { messages } = await rooms.after(room, place);
      return { held, owed: messages.length };
    });
    const whose = shown.map(({ tag }) => tag);
    return { readers: await Promise.all(readers), many: here.length, [WHOSE]: whose };
  }

  #sweep(full = false): void {
    const rest = full ? SWEEP_WHEN_FULL : SWEEP;
    if (this.#clock.monotonic() - this.#swept < rest) return;
    this.#swept = this.#clock.monotonic();
    this.#known.purgeStale();
  }

  #leave(reader: RememberedReader, key: string): void {
    const [room = ''] = key.split('/');
    const here = this.#perRoom.get(room);
    here?.delete(reader);
    if (here?.size === 0) this.#perRoom.delete(room);
    reader.leave();
  }
}

/** The bounds that the settings give. */
export const readersBounds = (settings: Settings): ReadersBounds => ({
  perRoom: settings.ROOM_READERS,
  idleSeconds: settings.READER_IDLE_SECONDS,
});

const takenOver = () =>
  new Refusal(
    'taken-over',
    'A later request of this reader took over. Ask with one request at a time.',
  );

const unknownReader = () =>
  new Refusal(
    'unknown-reader',
    'The server does not know this reader (any more). Ask with the "after" you have, or make a new one with POST.',
  );
