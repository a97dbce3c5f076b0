import { type Cursor, formatCursor, START } from '../../src/protocol/cursor.ts';
import type { Message, NewMessage, Reading } from '../../src/protocol/message.ts';
import type { Settings } from '../settings.ts';
import type { Check } from './presence.ts';
import type { LogBounds } from './room-log.ts';

/**
 * The rooms' logs. A room comes into being with its first message and costs nothing before. Where
 * the logs are in a Redis, everything that asks them rejects with RedisAway while it is away.
 */
export interface Rooms {
  /**
   * Appends to a room's log and gives the message its `id` and `at`. `said` is called with it, and
   * awaited, once it is in the log: also when that turns out only after append was rejected.
   */
  append(room: string, words: NewMessage, said?: Said): Promise<Message>;
  /**
   * What a room's log has after a cursor. With `until`, a reading that would be empty waits for
   * the next message, or for the signal: then it is empty after all. Asking keeps the log alive.
   */
  after(room: string, cursor: Cursor, until?: Until): Promise<Reading>;
  /** The same, where it can be said at once. */
  known(room: string, cursor: Cursor): Reading | undefined;
  /**
   * Calls \`heard\` when a room was said something in, or the logs went away, until the function
   * returned is called; perhaps once more after that. It keeps the log alive.
   */
  watch(room: string, heard: () => void): () => void;
  /**
   * Keeps a room's log alive without asking, until the function returned is called. `check` is called
   * with the newest message's id when a room has become quiet: whoever is told another way may have
   * missed the last.
   */
  keep(room: string, check?: Check): () => void;
  /** Resolves when the logs can be reached, or with the signal. */
  back(until: Until): Promise<void>;
  /** Calls `listener` when the logs go away (false) and are back (true), until the function returned is called. */
  onChange(listener: (available: boolean) => void): () => void;
  /** Frees what the rooms hold in this process. */
  close(): void;
}

/** Says when there is nothing more to wait for: what of an AbortSignal is needed for that. */
export interface Until {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export type Said = (message: Message) => Promise<void>;

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
export const ROOM_OVERHEAD_BYTES = 1024;

/** What a room without a log answers: a cursor into an earlier one is foreign. */
export const readingOfNone = ({ epoch }: Cursor): Reading => ({
  messages: [],
  after: formatCursor(START),
  skipped: epoch === null ? 0 : null,
});

/** Whether there is nothing in a reading that somebody waits for. */
export const isEmpty = ({ messages, skipped }: Reading): boolean =>
  messages.length === 0 && skipped === 0;

/** The bounds that the settings give. */
export const roomsBounds = (settings: Settings): RoomsBounds => ({
  room: { messages: settings.ROOM_MESSAGES, bytes: settings.ROOM_BYTES },
  bytes: settings.ROOMS_BYTES,
  idleSeconds: settings.ROOM_IDLE_SECONDS,
});
