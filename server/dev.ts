import { createApp } from './app.ts';
import { contextOf } from './context.ts';
import { readSettings } from './settings.ts';
import { sockets } from './sockets.ts';

// The companion for `npm run dev`, where Astro's development server listens and serves the pages.
const context = contextOf(readSettings(process.env), new AbortController().signal);

export const handle = createApp(context, (_request, _response, next) => next());

export const upgrade = sockets(context).handleUpgrade;
