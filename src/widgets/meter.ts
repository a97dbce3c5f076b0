import type { Reader } from './reader/reader.svelte.ts';

/** What one column of a table says of each reader. */
export interface Meter {
  key: string;
  value: (reader: Reader) => string;
  bad?: (reader: Reader) => boolean;
}
