import { setMaxListeners } from 'node:events';
import { type Logger, pino } from 'pino';
import { InMemoryChannelLayer } from './channels/index.ts';
import { Pair } from './processes/pair.ts';
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
  /** Two more processes behind this one. */
  pair: Pair;
  /** Aborts when the server stops: what is held is answered, what streams ends. */
  stopping: AbortSignal;
}

/** The one context of a companion; `ownRedis` lets its pair run a Redis where none is given. */
export function contextOf(
  settings: Settings,
  stopping: AbortSignal,
  clock: Clock = systemClock,
  ownRedis = false,
): Context {
  const log = pino({ level: settings.LOG_LEVEL });
  setMaxListeners(0, stopping); // one for each response that is held
  return {
    settings,
    log,
    rooms: memoryRooms(roomsBounds(settings), clock),
    clock,
    layer: new InMemoryChannelLayer(),
    sightings: new Sightings(),
    pair: new Pair(settings, log, ownRedis),
    stopping,
  };
}
