import type { Logger } from 'pino';
import type { Rooms } from './rooms/rooms.ts';
import type { Settings } from './settings.ts';

/** What a lesson's endpoints are given. */
export interface Context {
  settings: Settings;
  log: Logger;
  rooms: Rooms;
  /** Aborted when the server stops: whatever is held is to be answered then. */
  stopping: AbortSignal;
}
