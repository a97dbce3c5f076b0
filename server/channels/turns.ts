/** ms of work in one turn of the event loop: then others have theirs. */
const LONG = 10;
/**
 * Items in one turn. So few that what one piece of work leaves for the next, as a connection with
 * something to flush, is still in the processor's cache.
 */
const AT_ONCE = 128;

/** When this turn of the event loop began, as far as anybody asked. */
let began: number | undefined;

/** Resolves at once, or in the next turn of the event loop where this one has been long. */
export async function breath(): Promise<void> {
  began ??= beginning();
  if (performance.now() - began > LONG) await new Promise((resolve) => setImmediate(resolve));
}

function beginning(): number {
  setImmediate(() => (began = undefined));
  return performance.now();
}

/** Those that have something to do. */
let busy = 0;

/** Resolves when nothing that was put off is left to do: after `most` ms at the latest. */
export async function nothingDue(most: number): Promise<void> {
  const end = performance.now() + most;
  while (busy > 0 && performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Work that is put off to the end of this turn of the event loop, so that all that comes up until
 * then is done together, and that pauses for others where it is much.
 */
export class Turns<Item> {
  readonly #work: (item: Item) => void;
  readonly #done: () => void;
  #due: Item[] = [];

  /** `done` is called when nothing is left to do. */
  constructor(work: (item: Item) => void, done: () => void = () => {}) {
    this.#work = work;
    this.#done = done;
  }

  /** There is something to do about `item`: to be said once until it was done. */
  add(item: Item): void {
    if (this.#due.push(item) > 1) return;
    busy += 1;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const now = this.#due.slice(0, AT_ONCE);
    for (const item of now) this.#work(item);
    this.#due.splice(0, now.length); // not before: `add` would call for another turn
    if (this.#due.length > 0) return void setImmediate(this.#run);
    busy -= 1;
    this.#done();
  };
}
