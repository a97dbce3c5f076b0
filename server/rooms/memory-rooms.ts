import { LRUCache } from 'lru-cache';
import type { Cursor } from '../../src/protocol/cursor.ts';
import type { Reading } from '../../src/protocol/message.ts';
import { Presence } from './presence.ts';
import { RoomLog } from './room-log.ts';
import {
  type Clock,
  isEmpty,
  readingOfNone,
  ROOM_OVERHEAD_BYTES,
  type Rooms,
  type RoomsBounds,
  systemClock,
} from './rooms.ts';
import { Waiters } from './waiters.ts';

/** Rooms in this process's memory. */
export function memoryRooms(bounds: RoomsBounds, clock: Clock = systemClock): Rooms {
  const idle = bounds.idleSeconds * 1000;
  const logs = new LRUCache<string, RoomLog>({
    maxSize: bounds.bytes,
    ttl: idle,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: () => clock.monotonic() },
  });
  const waiters = new Waiters();
  const presence = new Presence();
  const sweep = setInterval(
    () => {
      // A reader that waits, or is connected, is there.
      for (const room of [...waiters.rooms(), ...presence.rooms()]) logs.get(room);
      logs.purgeStale();
    },
    Math.min(10_000, idle / 2),
  ).unref();

  const read = (room: string, cursor: Cursor): Reading =>
    logs.get(room)?.reading(cursor) ?? readingOfNone(cursor);

  return {
    back: async () => {},
    onChange: () => () => {},
    async append(room, words, said) {
      const log = logs.get(room) ?? new RoomLog(bounds.room);
      const message = log.append(words, clock.wall());
      logs.delete(room); // the cache weighs a log anew only when it is put in anew
      logs.set(room, log, { size: ROOM_OVERHEAD_BYTES + log.bytes });
      waiters.wake(room);
      presence.said(room, { epoch: log.epoch, sequence: log.last });
      await said?.(message);
      return message;
    },
    async after(room, cursor, until) {
      const reading = read(room, cursor);
      if (!isEmpty(reading) || !until || until.aborted) return reading;
      await waiters.next(room, until);
      return read(room, cursor);
    },
    known: read,
    watch: (room, heard) => waiters.watch(room, heard),
    keep: (room, check) => presence.enter(room, check),
    close: () => clearInterval(sweep),
  };
}
