import { bad, good, type Parsed } from './parse.ts';

/** A place in a room's log. `epoch` is `null` for the start; `sequence` counts from 1. */
export interface Cursor {
  epoch: string | null;
  sequence: number;
}

export const START: Cursor = { epoch: null, sequence: 0 };

/** `"0"` for the start, else `<epoch>.<sequence>`. Clients compare cursors for equality only. */
export function formatCursor({ epoch, sequence }: Cursor): string {
  return epoch === null ? '0' : `${epoch}.${sequence.toString(36)}`;
}

/** The inverse of `formatCursor`; what it could not have written is malformed. */
export function parseCursor(value: unknown): Parsed<Cursor> {
  if (value === '0') return good(START);
  const match =
    typeof value === 'string' ? /^([a-z0-9]{1,16})\.(0|[1-9a-z][0-9a-z]{0,9})$/.exec(value) : null;
  const [, epoch, digits] = match ?? [];
  if (epoch === undefined || digits === undefined)
    return bad(
      'This is not a cursor: use "0" for the start, or an "after" or "id" you were given.',
    );
  return good({ epoch, sequence: parseInt(digits, 36) });
}

/** Whether a message is the next after a place, with nothing in between. */
export function isNext(place: Cursor, message: Cursor): boolean {
  const sameLog = place.epoch === null || message.epoch === place.epoch;
  return sameLog && message.sequence === place.sequence + 1;
}

/** Whether a message lies up to a place of the same log: then who is there has it. */
export function covers(place: Cursor, message: Cursor): boolean {
  return message.epoch === place.epoch && message.sequence <= place.sequence;
}
