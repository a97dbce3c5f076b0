import { LRUCache } from 'lru-cache';
import { formatCursor } from '../../src/protocol/cursor.ts';
import { RedisAway, type RedisLink } from '../channels/index.ts';
import { Mirror } from './mirror.ts';
import { Presence } from './presence.ts';
import { redisLogs } from './redis-logs.ts';
import {
  type Clock,
  isEmpty,
  ROOM_OVERHEAD_BYTES,
  type Rooms,
  type RoomsBounds,
  systemClock,
} from './rooms.ts';
import { Waiters } from './waiters.ts';

interface RedisRoomsOptions {
  bounds: RoomsBounds;
  /** Tells apart what shares a Redis. */
  name: string;
  clock?: Clock;
  /** Told of what went wrong where nobody waits for it. */
  onError: (error: unknown) => void;
}

/**
 * Rooms in a Redis, shared by all processes that use it under the same name; a cursor that one of
 * them gave is good in each. Each process mirrors the rooms that it is asked for, and hears of every
 * message as it is appended, so that a message to many readers costs Redis a question or two a process.
 */
export function redisRooms(link: RedisLink, options: RedisRoomsOptions): Rooms {
  const { bounds, name, clock = systemClock, onError } = options;
  const logs = redisLogs(link, name, bounds);
  const waiters = new Waiters();
  const presence = new Presence();
  /** Rooms that were asked for since the last sweep. */
  const used = new Set<string>();
  const mirrors = new LRUCache<string, Mirror>({
    maxSize: bounds.bytes,
    ttl: bounds.idleSeconds * 1000,
    perf: { now: () => clock.monotonic() },
    updateAgeOnGet: true,
  });

  function mirrorOf(room: string): Mirror {
    const known = mirrors.get(room);
    if (known) return known;
    const mirror = new Mirror(bounds.room, (epoch, last) => logs.tail(room, epoch, last));
    mirrors.set(room, mirror, { size: ROOM_OVERHEAD_BYTES });
    return mirror;
  }

  /** The cache weighs a mirror anew only when it is put in anew. */
  function weigh(room: string, mirror: Mirror): void {
    if (mirror.weighed === mirror.bytes) return;
    mirror.weighed = mirror.bytes;
    mirrors.delete(room);
    mirrors.set(room, mirror, { size: ROOM_OVERHEAD_BYTES + mirror.bytes });
  }

  /** A message was appended, by whichever process. */
  logs.listen(async (room, epoch, entry) => {
    if (entry) presence.said(room, { epoch, sequence: entry.sequence });
    const mirror = mirrors.peek(room);
    try {
      if (mirror && !(entry && mirror.hear(epoch, entry))) await mirror.refresh();
      if (mirror) weigh(room, mirror);
      waiters.wake(room);
    } catch (error) {
      onError(error);
    }
  });

  const stopListening = link.onChange((available) => {
    if (!available) waiters.fail(new RedisAway(false));
  });

  const sweep = setInterval(
    () => {
      const rooms = new Set([...used, ...waiters.rooms(), ...presence.rooms()]);
      used.clear();
      mirrors.purgeStale();
      if (link.available) logs.sweep([...rooms]).catch(onError);
    },
    Math.min(10_000, bounds.idleSeconds * 250),
  ).unref();

  return {
    back: (until) => link.back(until),
    onChange: (listener) => link.onChange(listener),

    async append(room, words, said) {
      const at = clock.wall();
      let told: Promise<void> | undefined;
      const message = await logs.append(room, { ...words, at }, ({ epoch, sequence }) => {
        const kept = { id: formatCursor({ epoch, sequence }), ...words, at };
        told = said?.(kept);
        told?.catch(onError);
        return kept;
      });
      await told;
      return message;
    },

    async after(room, cursor, until) {
      for (;;) {
        const mirror = mirrorOf(room);
        if (until && mirror.has(cursor)) return mirror.read(cursor);
        await mirror.refresh();
        if (mirror.isThere) used.add(room);
        weigh(room, mirror);
        const reading = mirror.read(cursor);
        if (!isEmpty(reading) || !until || until.aborted) return reading;
        await waiters.next(room, until);
        if (until.aborted) return reading;
      }
    },

    known(room, cursor) {
      const mirror = mirrors.get(room);
      return mirror?.has(cursor) ? mirror.read(cursor) : undefined;
    },

    watch: (room, heard) => waiters.watch(room, heard),
    keep: (room, check) => presence.enter(room, check),
    close() {
      clearInterval(sweep);
      stopListening();
    },
  };
}
