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

/** A room from a place on, until there is nothing to wait for. */
export async function* follow(
  rooms: Rooms,
  room: string,
  from: Cursor,
  until: Until,
): AsyncGenerator<News, void, undefined> {
  let place = from;
  let away = false;
  while (!until.aborted) {
    try {
      const reading = await rooms.after(room, place, away ? undefined : until);
      if (away) yield { kind: 'back', reading };
      else if (!isEmpty(reading)) yield { kind: 'reading', reading };
      away = false;
      place = endOf(reading);
    } catch (error) {
      if (!(error instanceof RedisAway)) throw error;
      if (!away) yield { kind: 'away', problem: toldProblem(interrupted()) };
      away = true;
      await rooms.back(until);
    }
  }
}
