import { LRUCache } from 'lru-cache';
import { type Cursor, formatCursor, START } from '../../src/protocol/cursor.ts';
import type { Message, NewMessage, Reading } from '../../src/protocol/message.ts';
import { type LogBounds, RoomLog } from './room-log.ts';
import type { Settings } from '../settings.ts';

/** The rooms' logs. A room comes into being with its first message and costs nothing before. */
export interface Rooms {
  /** Appends to a room's log and gives the message its `id` and `at`. */
  append(room: string, words: NewMessage): Promise<Message>;
  /** What a room's log has after a cursor. Asking keeps the log alive. */
  after(room: string, cursor: Cursor): Promise<Reading>;
  /** Frees what the rooms hold. */
  close(): void;
}

export interface RoomsBounds {
  room: LogBounds;
  /** UTF-8 bytes over all rooms; the room idle longest goes first. */
  bytes: number;
  /** Seconds a log outlives the last request for it. */
  idleSeconds: number;
}

export interface Clock {
  /** Wall clock, ms since the epoch: stamps messages. */
  wall(): number;
  /** Monotonic, ms: ages rooms. */
  monotonic(): number;
}

const systemClock: Clock = { wall: () => Date.now(), monotonic: () => performance.now() };

/** What a room costs beside its messages: also bounds how many rooms there can be. */
const ROOM_OVERHEAD_BYTES = 1024;

/** Rooms in this process's memory. */
export function memoryRooms(bounds: RoomsBounds, clock: Clock = systemClock): Rooms {
  const logs = new LRUCache<string, RoomLog>({
    maxSize: bounds.bytes,
    ttl: bounds.idleSeconds * 1000,
    ttlResolution: 0,
    updateAgeOnGet: true,
    perf: { now: () => clock.monotonic() },
  });
  const sweep = setInterval(() => logs.purgeStale(), 10_000).unref();

  return {
    async append(room, words) {
      const log = logs.get(room) ?? new RoomLog(bounds.room);
      const message = log.append(words, clock.wall());
      logs.delete(room); // the cache weighs a log anew only when it is put in anew
      logs.set(room, log, { size: ROOM_OVERHEAD_BYTES + log.bytes });
      return message;
    },
    async after(room, cursor) {
      const log = logs.get(room);
      if (log) return log.after(cursor);
      const skipped = cursor.epoch === null ? 0 : null;
      return { messages: [], after: formatCursor(START), skipped };
    },
    close: () => clearInterval(sweep),
  };
}

/** The bounds that the settings give. */
export const roomsBounds = (settings: Settings): RoomsBounds => ({
  room: { messages: settings.ROOM_MESSAGES, bytes: settings.ROOM_BYTES },
  bytes: settings.ROOMS_BYTES,
  idleSeconds: settings.ROOM_IDLE_SECONDS,
});
