/** Digits of a stamp. */
export const STAMP = 16;

/** Of the machine's monotonic clock, which is the same for all of its processes. */
export const microseconds = (): number => Number(process.hrtime.bigint() / 1000n);

/** A text of so many characters that ends with the moment at which it was said. */
export const stamped = (length: number, character = 'm'): string =>
  character.repeat(length - STAMP) + String(microseconds()).padStart(STAMP, '0');
