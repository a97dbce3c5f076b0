import { LRUCache } from 'lru-cache';
import { type Cursor, formatCursor, START } from '../../src/protocol/cursor.ts';
import type { Message, NewMessage, Reading } from '../../src/protocol/message.ts';
import { type LogBounds, RoomLog } from './room-log.ts';
import type { Settings } from '../settings.ts';

/** The rooms' logs. A room comes into being with its first message and costs nothing before. */
export interface Rooms {
  /** Appends to a room's log and gives the message its `id` and `at`. */
  append(room: string, words: NewMessage): Promise<Message>;
  /**
   * What a room's log has after a cursor. With `until`, a reading that would be empty waits for
   * the next message, or for the signal: then it is empty after all. Asking keeps the log alive.
   */
  after(room: string, cursor: Cursor, until?: AbortSignal): Promise<Reading>;
  /** Keeps a room's log alive without asking, until the function returned is called. */
  keep(room: string): () => void;
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
  /** Monotonic, ms: ages rooms and their readers. */
  monotonic(): number;
}

export const systemClock: Clock = { wall: () => Date.now(), monotonic: () => performance.now() };

/** What a room costs beside its messages: also bounds how many rooms there can be. */
const ROOM_OVERHEAD_BYTES = 1024;

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
  /** Who waits for a room's next message. */
  const waiting = new Map<string, Set<() => void>>();
  /** How many keep a room alive by their presence. */
  const kept = new Map<string, number>();
  const sweep = setInterval(
    () => {
      // A reader that waits, or is connected, is there.
      for (const room of [...waiting.keys(), ...kept.keys()]) logs.get(room);
      logs.purgeStale();
    },
    Math.min(10_000, idle / 2),
  ).unref();

  function read(room: string, cursor: Cursor): Reading {
    const log = logs.get(room);
    if (log) return log.after(cursor);
    const skipped = cursor.epoch === null ? 0 : null;
    return { messages: [], after: formatCursor(START), skipped };
  }

  /** Resolves with the next message of a room, or when the signal aborts. */
  function next(room: string, until: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const here = waiting.get(room) ?? new Set();
      waiting.set(room, here);
      const end = () => {
        until.removeEventListener('abort', end);
        here.delete(end);
        if (here.size === 0) waiting.delete(room);
        resolve();
      };
      here.add(end);
      until.addEventListener('abort', end);
    });
  }

  return {
    async append(room, words) {
      const log = logs.get(room) ?? new RoomLog(bounds.room);
      const message = log.append(words, clock.wall());
      logs.delete(room); // the cache weighs a log anew only when it is put in anew
      logs.set(room, log, { size: ROOM_OVERHEAD_BYTES + log.bytes });
      for (const wake of [...(waiting.get(room) ?? [])]) wake();
      return message;
    },
    async after(room, cursor, until) {
      const reading = read(room, cursor);
      const nothing = reading.messages.length === 0 && reading.skipped === 0;
      if (!nothing || !until || until.aborted) return reading;
      await next(room, until);
      return read(room, cursor);
    },
    keep(room) {
      kept.set(room, (kept.get(room) ?? 0) + 1);
      return () => {
        const left = (kept.get(room) ?? 1) - 1;
        if (left) kept.set(room, left);
        else kept.delete(room);
      };
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
