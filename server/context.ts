import { setMaxListeners } from 'node:events';
import { type Logger, pino } from 'pino';
import { InMemoryChannelLayer } from './channels/index.ts';
import { type Clock, memoryRooms, type Rooms, roomsBounds, systemClock } from './rooms/rooms.ts';
import type { Settings } from './settings.ts';
import { Sightings } from './wire/sightings.ts';

/** What a lesson's endpoints are given. */
export interface Context {
  settings: Settings;
  log: Logger;
  rooms: Rooms;
  clock: Clock;
  /** Carries messages between WebSocket consumers. */
  layer: InMemoryChannelLayer;
  /** What the server saw of its WebSockets, for the demos. */
  sightings: Sightings;
  /** Aborts when the server stops: what is held is answered, what streams ends. */
  stopping: AbortSignal;
}

/** The one context of a companion. */
export function contextOf(
  settings: Settings,
  stopping: AbortSignal,
  clock: Clock = systemClock,
): Context {
  setMaxListeners(0, stopping); // one for each response that is held
  return {
    settings,
    log: pino({ level: settings.LOG_LEVEL }),
    rooms: memoryRooms(roomsBounds(settings), clock),
    clock,
    layer: new InMemoryChannelLayer(),
    sightings: new Sightings(),
    stopping,
  };
}
