import { BUFFERED, type Conditions, isClear } from '../../src/protocol/conditions.ts';

/** Bytes that may wait in one direction, and pieces; beyond, no more are asked for. */
export const MOST_WAITING = 256 * 1024;
const MOST_PIECES = 1_024;

/** Bytes are let through at a bandwidth in portions of so many ms. */
const PORTION = 20;
/** ms that are not worth a timer: none is as exact. */
const SOON = 0.5;

/** Where a link leads. */
export interface Outlet {
  /** Takes bytes, and calls `done` when it can take more. */
  pass(bytes: Buffer, done: Done): void;
  /** All has passed. */
  end(): void;
}

type Done = () => void;

interface Piece {
  /** What is left of it; undefined for the end. */
  bytes: Buffer | undefined;
  /** Until when it is on its way, by performance.now(). */
  readonly due: number;
  conditions: Conditions;
}

/**
 * One direction of a connection: bytes go out as they came in, in order, but as late as the
 * conditions say that were in force when they came. Each piece is on its way for its own latency, at
 * the same time as others; then they go one by one, as fast as the bandwidth lets them.
 */
export class Link {
  readonly #outlet: Outlet;
  readonly #holds: (conditions: Conditions) => boolean;
  readonly #random: () => number;
  #queue: Piece[] = [];
  /** Of a response that a proxy holds. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #waiting = 0;
  /** What goes next, and when: of the first piece in the queue. */
  #next: { readonly size: number; readonly at: number } | undefined;
  /** When what went last was through. */
  #free = 0;
  /** The outlet can take no more just now. */
  #busy = false;
  #working = false;
  #ended = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #withheld: Done | undefined;

  /** @param holds whether under these conditions nothing gets through */
  constructor(
    outlet: Outlet,
    holds: (conditions: Conditions) => boolean,
    random: () => number = Math.random,
  ) {
    this.#outlet = outlet;
    this.#holds = holds;
    this.#random = random;
  }

  /** Bytes that have come and not gone. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes bytes, and calls `done` when it can take more. Without conditions they go at once.
   * @param ends whether what a proxy would hold is complete with them
   */
  push(bytes: Buffer, conditions: Conditions, ends: boolean, done: Done): void {
    if (this.#over || this.#ended) return;
    if (this.#waiting === 0 && !this.#busy && isClear(conditions)) return this.#pass(bytes, done);
    // A copy: who is told that more can be taken may use the bytes' memory again.
    this.#held.push(Buffer.from(bytes));
    this.#heldBytes += bytes.length;
    this.#waiting += bytes.length;
    if (!conditions.buffering || ends || this.#heldBytes >= BUFFERED) this.#release(conditions);
    this.#withheld = done;
    this.#work();
  }

  /** Nothing more comes. */
  end(conditions: Conditions): void {
    if (this.#ended) return;
    this.#release(conditions);
    this.#ended = true;
    this.#enqueue(undefined, conditions);
    this.#work();
  }

  /** Others are in force, also for what waits; what is on its way comes no sooner. */
  changed(conditions: Conditions): void {
    if (!conditions.buffering) this.#release(conditions);
    for (const piece of this.#queue) piece.conditions = conditions;
    this.#next = undefined;
    this.#free = Math.max(this.#free, performance.now());
    this.#work();
  }

  /** Forgets all that waits. */
  destroy(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#queue = this.#held = [];
    this.#waiting = 0;
    this.#withheld = undefined;
  }

  #release(conditions: Conditions): void {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    const [only] = held;
    if (only) this.#enqueue(held.length === 1 ? only : Buffer.concat(held), conditions);
  }

  #enqueue(bytes: Buffer | undefined, conditions: Conditions): void {
    const spread = conditions.jitter * (2 * this.#random() - 1);
    const delay = Math.max(0, (conditions.latency + spread) / 2);
    this.#queue.push({ bytes, due: performance.now() + delay, conditions });
  }

  /** Lets go what is due, and asks for more where there is room. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    clearTimeout(this.#timer);
    while (!this.#busy && !this.#over) {
      const piece = this.#queue[0];
      if (!piece || this.#holds(piece.conditions)) break;
      this.#next ??= this.#portionOf(piece);
      const wait = this.#next.at - performance.now();
      if (wait > SOON) {
        this.#timer = setTimeout(() => this.#work(), Math.ceil(wait));
        break;
      }
      this.#go(piece, this.#next);
    }
    this.#working = false;
    if (this.#waiting >= MOST_WAITING || this.#queue.length >= MOST_PIECES) return;
    const done = this.#withheld;
    this.#withheld = undefined;
    done?.();
  }

  #portionOf({ bytes, due, conditions }: Piece): { size: number; at: number } {
    const start = Math.max(due, this.#free);
    if (!bytes) return { size: 0, at: start + conditions.slowClose };
    const { bandwidth, slicer } = conditions;
    let size = bytes.length;
    if (slicer)
      size = Math.min(size, 1 + Math.floor(this.#random() * (2 * slicer.averageSize - 1)));
    if (bandwidth > 0) size = Math.min(size, bandwidth * PORTION); // kB a second are bytes a ms
    return { size, at: bandwidth > 0 ? start + size / bandwidth : start };
  }

  #go(piece: Piece, { size, at }: { size: number; at: number }): void {
    this.#next = undefined;
    this.#free = at + (piece.conditions.slicer?.delay ?? 0) / 1_000;
    const portion = piece.bytes?.subarray(0, size);
    piece.bytes = piece.bytes?.subarray(size);
    if (!piece.bytes?.length) this.#queue.shift();
    if (!portion) return this.#outlet.end();
    this.#waiting -= size;
    this.#pass(portion);
  }

  #pass(bytes: Buffer, done?: Done): void {
    const begun = performance.now();
    this.#busy = true;
    this.#outlet.pass(bytes, () => {
      this.#busy = false;
      // That a timer was late is made up for, but not that the outlet was full.
      const now = performance.now();
      if (now - begun > PORTION) this.#free = Math.max(this.#free, now);
      done?.();
      this.#work();
    });
  }
}
