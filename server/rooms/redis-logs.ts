import { z } from 'zod';
import { RedisAway, type RedisLink } from '../channels/index.ts';
import type { Entry, Tail } from './mirror.ts';
import * as scripts from './redis-scripts.ts';
import { RoomLog } from './room-log.ts';
import type { RoomsBounds } from './rooms.ts';

const Said = z.object({ sender: z.string(), text: z.string(), at: z.number() });
const Place = z.tuple([z.string(), z.number()]);
const StreamEntry = z.tuple([z.string(), z.tuple([z.literal('m'), z.string()])]);
const Answer = z.union([z.tuple([]), z.tuple([z.string(), z.number(), z.array(StreamEntry)])]);

/** What a room costs Redis beside its messages: the first block of a stream alone has 4096. */
const ROOM_IN_REDIS_BYTES = 5_120;

/** Rooms touched in one call. */
const ROOMS_A_CALL = 1_000;

/** The logs in a Redis: what is asked of it, and what comes. No key begins with Channels' `asgi`. */
export function redisLogs(link: RedisLink, name: string, bounds: RoomsBounds) {
  const base = `on-the-wire:${name}:`;
  const lapse = String(2 * bounds.idleSeconds + 60);

  return {
    // #region redis
    /** Appends; `done` is called with the place also where the answer comes too late. */
    append<Kept>(
      room: string,
      said: z.infer<typeof Said>,
      done: (place: { epoch: string; sequence: number }) => Kept,
    ): Promise<Kept> {
      const words = [
        ...[base, room, RoomLog.newEpoch(), JSON.stringify(said), lapse],
        ...[bounds.room.messages, bounds.room.bytes, ROOM_IN_REDIS_BYTES, bounds.bytes].map(String),
      ];
      return link.run(async (client) => {
        const [epoch, sequence] = Place.parse(await scripts.append(client, ...words));
        return done({ epoch, sequence });
      });
    },

    /** What a room's log has after a place; all of it where the epoch is another. */
    async tail(room: string, epoch: string, last: number): Promise<Tail> {
      const words = [base, room, epoch, String(last)];
      const answer = await link
        .run((client) => scripts.read(client, ...words))
        .catch((error: unknown) => {
          throw error instanceof RedisAway ? new RedisAway(false, error) : error;
        });
      const tail = Answer.parse(answer);
      if (tail.length === 0) return undefined;
      const [now, end, entries] = tail;
      const read = entries.map(([id, [, json]]) => entryOf(Number.parseInt(id, 10), json));
      return { epoch: now, last: end, entries: read };
    },
    // #endregion

    /** Hears of every message, in each room in order; `entry` is undefined for what cannot be read. */
    listen(hear: (room: string, epoch: string, entry: Entry | undefined) => Promise<void>): void {
      link.listen(`${base}said`, (payload) => {
        const [, room, epoch, sequence, json] =
          /^(\w+) (\w+) (\d+) (.*)$/s.exec(payload.toString()) ?? [];
        if (room === undefined || epoch === undefined || json === undefined) return;
        let entry;
        try {
          entry = entryOf(Number(sequence), json);
        } catch {
          entry = undefined; // somebody else wrote it: the log itself will tell
        }
        void hear(room, epoch, entry);
      });
    },

    /** Says which rooms are in use, and drops those that have been idle for too long. */
    async sweep(rooms: readonly string[]): Promise<void> {
      for (let from = 0; from === 0 || from < rooms.length; from += ROOMS_A_CALL) {
        const some = rooms.slice(from, from + ROOMS_A_CALL);
        const words = [base, lapse, String(bounds.idleSeconds), ...some];
        await link.run((client) => scripts.sweep(client, ...words));
      }
    },
  };
}

function entryOf(sequence: number, json: string): Entry {
  const { sender, text, at } = Said.parse(JSON.parse(json));
  return { sequence, words: { sender, text }, at };
}
