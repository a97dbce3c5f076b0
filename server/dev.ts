import { pino } from 'pino';
import { createApp } from './app.ts';
import type { Context } from './context.ts';
import { memoryRooms, roomsBounds } from './rooms/rooms.ts';
import { readSettings } from './settings.ts';
import { sockets } from './sockets.ts';

// The companion for `npm run dev`, where Astro's development server listens and serves the pages.
const settings = readSettings(process.env);
const context: Context = {
  settings,
  log: pino({ level: settings.LOG_LEVEL }),
  rooms: memoryRooms(roomsBounds(settings)),
};

export const handle = createApp(context, (_request, _response, next) => next());

export const upgrade = sockets(context).handleUpgrade;
