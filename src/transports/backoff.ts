/**
 * How long to wait before try number `tries` (from 0): somewhere in 0–5 s at first, then truncated
 * exponential backoff with full jitter, at most 30 s (RFC 6455 §7.2.3).
 */
export function backoff(tries: number, random: () => number = Math.random): number {
  return random() * Math.min(30_000, tries === 0 ? 5_000 : 1_000 * 2 ** tries);
}
