import { seededRandom } from './seeded.ts';

/** Chance that comes again with the same seed. */
export function chanceOf(seed: number) {
  const next = seededRandom(seed);
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
