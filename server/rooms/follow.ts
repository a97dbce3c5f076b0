import { type Cursor, parseCursor } from '../../src/protocol/cursor.ts';
import type { Reading } from '../../src/protocol/message.ts';
import type { Problem } from '../../src/protocol/problem.ts';
import { RedisAway } from '../channels/index.ts';
import { interrupted, take, toldProblem } from '../guard/refusal.ts';
import { once } from '../once.ts';
import { isEmpty, type Rooms, type Until } from './rooms.ts';

/** What a reader that stays is told: what was said, or that it cannot be known just now. */
export type News =
  | { kind: 'reading'; reading: Reading }
  /** What was said while nobody could know, perhaps nothing. */
  | { kind: 'back'; reading: Reading }
  | { kind: 'away'; problem: Problem };

/** Many follow the same room. */
const endOf = once((reading: Reading) => take(parseCursor(reading.after)));

/**
 * Tells a room from a place on, in order, until there is nothing to wait for. `tell` returns a
 * promise where it can take no more just now. What is said while a reader waits reaches it without
 * a question, a promise or anything else that would have to be set up for each message.
 */
export async function follow(
  rooms: Rooms,
  room: string,
  from: Cursor,
  until: Until,
  tell: (news: News) => Promise<void> | undefined,
): Promise<void> {
  let place = from;
  let isAway = false;
  /** There while it waits. */
  let waiting: PromiseWithResolvers<void> | undefined;
  /** Something was said since it looked last. */
  let isMissed: boolean;

  function pass(kind: 'reading' | 'back', reading: Reading) {
    place = endOf(reading);
    return tell({ kind, reading });
  }

  /** It goes on, or when \`first\` is done. */
  function goOn(first?: Promise<void>) {
    waiting?.resolve(first);
    waiting = undefined;
  }

  const leave = rooms.watch(room, () => {
    isMissed = true;
    if (!waiting) return;
    const reading = rooms.known(room, place);
    if (!reading) return goOn();
    if (isEmpty(reading)) return;
    try {
      const full = pass('reading', reading);
      if (full) goOn(full);
    } catch (error) {
      waiting.reject(error);
    }
  });
  until.addEventListener('abort', () => goOn());

  try {
    while (!until.aborted) {
      isMissed = false;
      try {
        const reading = await rooms.after(room, place);
        if (isAway || !isEmpty(reading)) await pass(isAway ? 'back' : 'reading', reading);
        isAway = false;
      } catch (error) {
        if (!(error instanceof RedisAway)) throw error;
        if (!isAway) await tell({ kind: 'away', problem: toldProblem(interrupted()) });
        isAway = true;
        await rooms.back(until);
        continue;
      }
      if (isMissed || until.aborted) continue;
      waiting = Promise.withResolvers();
      await waiting.promise;
    }
  } finally {
    leave();
  }
}
