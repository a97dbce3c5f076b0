import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import {
  type ChannelLayer,
  InMemoryChannelLayer,
  RedisAway,
  RedisLayer,
  RedisLink,
  RedisPubSubLayer,
} from './channels/index.ts';
import { Crowds } from './crowd/crowds.ts';
import { openLog } from './log.ts';
import { Pair } from './processes/pair.ts';
import { memoryRooms } from './rooms/memory-rooms.ts';
import { redisRooms } from './rooms/redis-rooms.ts';
import { type Clock, type Rooms, roomsBounds, systemClock } from './rooms/rooms.ts';
import type { Settings } from './settings.ts';
import { Inside } from './wire/inside.ts';
import { tellAppended } from './wire/tell-appended.ts';
import { Wire } from './wire/wire.ts';

/** What a lesson's endpoints are given. */
export interface Context {
  settings: Settings;
  log: Logger;
  rooms: Rooms;
  clock: Clock;
  /** Carries messages between WebSocket consumers. */
  layer: ChannelLayer;
  /** Who looks on at what crosses the wire, and how bad each reader's network is to be. */
  wire: Wire;
  /** What is inside the server, for the demos. */
  inside: Inside;
  /** Two more processes behind this one. */
  pair: Pair;
  /** Further readers for a page that compares transports. */
  crowds: Crowds;
  /** Aborts when the server stops: what is held is answered, what streams ends. */
  stopping: AbortSignal;
  /** The Redis that processes share, where there is one. */
  redis: RedisLink | undefined;
  /** Frees what the context holds, once nothing uses it any more. */
  close(): Promise<void>;
}

/** The one context of a companion; `ownRedis` lets its pair run a Redis where none is given. */
export function contextOf(
  settings: Settings,
  stopping: AbortSignal,
  clock: Clock = systemClock,
  ownRedis = false,
): Context {
  setMaxListeners(0, stopping); // a few for each lesson
  const { log, close: closeLog } = openLog(settings);
  const redis = settings.REDIS_URL ? linkTo(settings.REDIS_URL, log) : undefined;
  const wire = new Wire(settings.ROOM_IDLE_SECONDS, clock);
  const rooms = tellAppended(roomsOf(settings, redis, clock, log), wire);
  const layer = layerOf(settings, redis);
  const pair = new Pair(settings, log, ownRedis);
  return {
    settings,
    log,
    rooms,
    clock,
    layer,
    wire,
    inside: new Inside(rooms),
    pair,
    crowds: new Crowds(),
    stopping,
    redis,
    async close() {
      rooms.close();
      await layer.close();
      await redis?.close();
      await closeLog();
    },
  };
}

/** A link to Redis; what becomes of it is told, also that it is not there to begin with, and why. */
function linkTo(url: string, log: Logger): RedisLink {
  let told = false;
  const tell = (err?: Error) => {
    if (!told) log.warn({ err }, 'Redis is away: rooms answer 503');
    told = true;
  };
  const onError = (error: Error) => {
    if (!link.available) tell(error);
  };
  const link = new RedisLink({ url, onError });
  link.onChange((available) => {
    if (!available) return tell();
    if (told) log.warn('Redis is back');
    told = false;
  });
  return link;
}

function roomsOf(settings: Settings, redis: RedisLink | undefined, clock: Clock, log: Logger) {
  const bounds = roomsBounds(settings);
  if (!redis) return memoryRooms(bounds, clock);
  // Processes that do not hear each other's groups have no log in common either.
  const name = `${settings.REDIS_PREFIX}:${layerName(settings)}`;
  const onError = (error: unknown) => {
    if (!(error instanceof RedisAway)) log.error({ err: error }, 'a room’s log failed');
  };
  return redisRooms(redis, { bounds, name, clock, onError });
}

// #region layer
function layerOf(settings: Settings, link: RedisLink | undefined): ChannelLayer {
  const name = layerName(settings);
  if (!link || name === 'memory') return new InMemoryChannelLayer();
  const Layer = name === 'core' ? RedisLayer : RedisPubSubLayer;
  return new Layer({ link, prefix: settings.REDIS_PREFIX });
}

/** The layer that the settings name; by itself, pub/sub where there is a Redis. */
const layerName = ({ CHANNEL_LAYER, REDIS_URL }: Settings) =>
  CHANNEL_LAYER || (REDIS_URL ? 'pubsub' : 'memory');
// #endregion
