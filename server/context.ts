import type { Logger } from 'pino';
import type { Rooms } from './rooms/rooms.ts';
import type { Settings } from './settings.ts';

/** What a lesson's endpoints are given. */
export interface Context {
  settings: Settings;
  log: Logger;
  rooms: Rooms;
}
