/** Chance that comes again with the same seed: mulberry32. */
export function chanceOf(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number from 0, below `end`. */
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    /** True so often, of 1. */
    often: (part: number) => next() < part,
    bytes: (many: number) => Buffer.from(Array.from({ length: many }, () => below(256))),
    pick: <Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0],
  };
}
export type Chance = ReturnType<typeof chanceOf>;

/** The seed of one of many sessions, so that each can be had again by its number. */
export const seedOf = (seed: number, session: number): number =>
  Math.imul(seed ^ Math.imul(session + 1, 0x9e3779b1), 0x85ebca6b) >>> 0;
