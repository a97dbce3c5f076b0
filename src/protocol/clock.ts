/** How far a server's clock is ahead of ours: `offset` ± `error`, both in ms. */
export interface ClockEstimate {
  offset: number;
  error: number;
}

/**
 * One comparison of clocks: we asked at `sent`, the server stamped `serverTime` (a whole ms, so
 * up to 1 ms early), we had the answer at `received`. The true offset lies within ± `error`:
 * the stamp was made between the two (Cristian 1989; RFC 5905 §8 halves the same interval).
 */
export function compareClocks(sent: number, serverTime: number, received: number): ClockEstimate {
  const least = serverTime - received;
  const most = serverTime + 1 - sent;
  return { offset: (least + most) / 2, error: (most - least) / 2 };
}

/**
 * The better of an estimate and a newer one: the tighter, unless the two cannot both be true, as
 * after a clock was set or a laptop slept.
 */
export function better(known: ClockEstimate | undefined, newer: ClockEstimate): ClockEstimate {
  if (known === undefined || newer.error < known.error) return newer;
  const agree = Math.abs(known.offset - newer.offset) <= known.error + newer.error;
  return agree ? known : newer;
}

/** ms between a message's `at` (server's clock) and its arrival (ours), never below 0. */
export function delayOf(at: number, received: number, clock: ClockEstimate): number {
  return Math.max(0, received + clock.offset - at - 0.5);
}

/**
 * The q-quantile (0–1) of values, by linear interpolation between the closest ranks (type 7 of
 * Hyndman & Fan 1996); `undefined` for none.
 */
export function quantile(values: readonly number[], q: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return undefined;
  return below + (above - below) * (place - Math.floor(place));
}
