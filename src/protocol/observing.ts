import { CLEAR, type Conditions, parseConditions } from './conditions.ts';
import type { Glass } from './glass.ts';
import { bad, good, isRecord, type Parsed } from './parse.ts';
import type { WireEvent } from './wire.ts';

/**
 * What a page and the server say to each other over the observer socket,
 * `WS /live/wire/{lesson}/room/{room}/`. None of it is part of the contract.
 */

/** Readers that one observer may look at. */
export const MOST_TAGS = 256;

/** Bytes of a reader's exchanges so far: heads and framing apart from what they carry. */
export interface Counts {
  upHeads: number;
  upBodies: number;
  downHeads: number;
  downBodies: number;
}

export const NONE_COUNTED: Counts = { upHeads: 0, upBodies: 0, downHeads: 0, downBodies: 0 };

/** What a page asks. */
export type Asked =
  /** From now on, the readers with these tags are looked at. */
  | { kind: 'watch'; tags: string[] }
  /** The server's clocks; `ping` comes back as it is. */
  | { kind: 'ping'; ping: number }
  | { kind: 'conditions'; tag: string; conditions: Conditions };

/** What the server tells. */
export type Told =
  /** What happened, in order; how much was left out just before, for want of room; bytes by tag. */
  | { events: WireEvent[]; dropped: number; counts: Record<string, Counts> }
  /** `at` is the clock that stamps messages, `wire` that of the events: ms since the epoch. */
  | { pong: number; at: number; wire: number }
  /** The conditions of readers that are looked at, as they are now. */
  | { conditions: Record<string, Conditions> }
  | { glass: Glass };

const TAG = /^[A-Za-z0-9]{16,64}$/;

/** Reads what a stranger asks over the observer socket. */
export function parseAsked(json: unknown): Parsed<Asked> {
  if (!isRecord(json)) return bad('Send an object with "watch", "ping" or "conditions".');
  const { watch, ping, conditions, tag } = json;
  if (typeof ping === 'number' && Number.isFinite(ping)) return good({ kind: 'ping', ping });
  if (Array.isArray(watch)) {
    const tags = watch.filter((one): one is string => typeof one === 'string' && TAG.test(one));
    if (tags.length < watch.length || tags.length > MOST_TAGS)
      return bad(
        `"watch" has up to ${MOST_TAGS} tags of 16 to 64 letters and digits: mend the list.`,
      );
    return good({ kind: 'watch', tags });
  }
  if (conditions === undefined || typeof tag !== 'string' || !TAG.test(tag))
    return bad('Send "watch", "ping", or "conditions" with the "tag" of a reader.');
  const parsed = conditions === null ? good(CLEAR) : parseConditions(conditions);
  return parsed.ok ? good({ kind: 'conditions', tag, conditions: parsed.value }) : parsed;
}
