import { pino } from 'pino';
import { createApp } from './app.ts';
import { memoryRooms, roomsBounds } from './rooms/rooms.ts';
import { readSettings } from './settings.ts';

// The companion for `npm run dev`, where Astro's development server listens and serves the pages.
const settings = readSettings(process.env);

export const handle = createApp(
  {
    settings,
    log: pino({ level: settings.LOG_LEVEL }),
    rooms: memoryRooms(roomsBounds(settings)),
    stopping: new AbortController().signal,
  },
  (_request, _response, next) => next(),
);
