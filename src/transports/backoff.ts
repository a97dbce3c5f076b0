/**
 * How many ms to wait before try number `tries` (from 0): somewhere within 5 s at first, then within
 * a window that doubles up to 30 s. Truncated exponential backoff with full jitter (RFC 6455 §7.2.3).
 */
export function backoff(tries: number, random: () => number = Math.random): number {
  return random() * Math.min(30_000, 5_000 * 2 ** tries);
}
