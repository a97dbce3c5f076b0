/** A time in ms, in words, which a line never breaks: three significant digits are enough. */
export function ms(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value < 9.95) return `${value.toFixed(1)}\u00a0ms`;
  if (value < 999.5) return `${Math.round(value)}\u00a0ms`;
  return `${(value / 1000).toFixed(2)}\u00a0s`;
}

/** A whole or quarter number of seconds. */
export const seconds = (value: number): string => `${value / 1000}\u00a0s`;

/** A moment in ms since the epoch, as ISO 8601 writes it. */
export const isoTime = (time: number): string => new Date(time).toISOString();

/** The same in a language’s own way. */
export const localTime = (iso: string, language: string): string =>
  new Date(iso).toLocaleString(language);

/** A number of bytes, in words which a line never breaks: kB are 1,000. */
export function bytes(count: number): string {
  if (count < 999.5) return `${Math.round(count)}\u00a0B`;
  if (count < 9_995) return `${(count / 1000).toFixed(2)}\u00a0kB`;
  return count < 999_500
    ? `${(count / 1000).toFixed(1)}\u00a0kB`
    : `${(count / 1e6).toFixed(2)}\u00a0MB`;
}
