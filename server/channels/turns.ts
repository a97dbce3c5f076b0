/** ms of work in one turn of the event loop: then others have theirs. */
const SLICE = 10;
/** Items between two looks at the clock. */
const BETWEEN_LOOKS = 16;

/** When this turn of the event loop began, as far as anybody asked. */
let began: number | undefined;

/** Resolves at once, or in the next turn of the event loop where this one has been long. */
export async function breath(): Promise<void> {
  began ??= beginning();
  if (performance.now() - began > SLICE) await new Promise((resolve) => setImmediate(resolve));
}

function beginning(): number {
  setImmediate(() => (began = undefined));
  return performance.now();
}

/**
 * Work that is put off to the end of this turn of the event loop, so that all that comes up until
 * then is done together, and that pauses for others where it is much.
 */
export class Turns<Item> {
  readonly #work: (item: Item) => void;
  readonly #done: () => void;
  #due: Item[] = [];
  #from = 0;

  /** `done` is called when nothing is left to do. */
  constructor(work: (item: Item) => void, done: () => void = () => {}) {
    this.#work = work;
    this.#done = done;
  }

  /** There is something to do about `item`: to be said once until it was done. */
  add(item: Item): void {
    if (this.#due.push(item) === 1) setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const end = performance.now() + SLICE;
    while (this.#from < this.#due.length) {
      const item = this.#due[this.#from++];
      if (item !== undefined) this.#work(item);
      if (this.#from % BETWEEN_LOOKS === 0 && performance.now() > end)
        return void setImmediate(this.#run);
    }
    this.#due = [];
    this.#from = 0;
    this.#done();
  };
}
