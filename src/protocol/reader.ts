import { bad, good, isRecord, type Parsed } from './parse.ts';

/** How long a long poll is held, in seconds, unless it says otherwise, and at most. */
export const WAIT = { usual: 20, most: 25 };

/** Reads the query's `wait`, in seconds: a long poll is held for so long at most. */
export function parseWait(value: unknown): Parsed<number> {
  if (value === undefined) return good(WAIT.usual);
  const seconds =
    typeof value === 'string' && /^\d{1,3}(\.\d{1,3})?$/.test(value) ? Number(value) : NaN;
  if (seconds <= WAIT.most) return good(seconds);
  return bad(`"wait" must be a number of seconds from 0 to ${WAIT.most}.`);
}

/** Reads a long-poll reader's id, as this server makes them: 32 hexadecimal digits. */
export function parseReaderId(value: unknown): Parsed<string> {
  if (typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)) return good(value);
  return bad('This is not a reader’s id: use the "reader" that POST …/readers gave you.');
}

/** Reads what POST …/readers answered: a reader's id, and the cursor from which on it reads. */
export function parseNewReader(json: unknown): Parsed<{ reader: string; after?: string }> {
  if (!isRecord(json) || typeof json['reader'] !== 'string' || json['reader'] === '')
    return bad('A new reader must be an object with a string "reader".');
  const { reader, after } = json;
  return good(typeof after === 'string' && after !== '' ? { reader, after } : { reader });
}

/** What a demo may ask of an event stream beside its messages. */
export interface StreamOptions {
  /** Seconds after which the server ends the stream. */
  lasts?: number | undefined;
  /** ms that the browser is told to wait before it connects again. */
  retry?: number | undefined;
  /** How a reader that comes back is answered instead of with the stream. */
  then?: StreamEnd | undefined;
}

/** The three answers after which an EventSource does not come back (HTML §9.2.2, §9.2.3). */
export const STREAM_ENDS = ['204', '500', 'text'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

/** Reads the query of an event stream: `lasts`, `retry`, `then`, none of which is needed. */
export function parseStreamOptions(query: Record<string, unknown>): Parsed<StreamOptions> {
  const lasts = wholeWithin(query['lasts'], 1, 60);
  const retry = wholeWithin(query['retry'], 10, 60_000);
  const then = STREAM_ENDS.find((end) => end === query['then']);
  if (lasts === null) return bad('"lasts" must be a whole number of seconds from 1 to 60.');
  if (retry === null) return bad('"retry" must be a whole number of ms from 10 to 60000.');
  if (query['then'] !== undefined && !then)
    return bad(`"then" must be one of ${STREAM_ENDS.join(', ')}.`);
  return good({ lasts, retry, then });
}

/** undefined for none, null for one that is out of bounds. */
function wholeWithin(value: unknown, least: number, most: number): number | null | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : NaN;
  return number >= least && number <= most ? number : null;
}
