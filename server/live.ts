import express, { type Request, Router } from 'express';
import type { Slug } from '../content/lessons.ts';
import type { Context } from './context.ts';
import { crossOrigin } from './guard/cross-origin.ts';
import { jsonOnly } from './guard/json-only.ts';
import { pacePosts } from './guard/pace.ts';
import { answerErrors, nothingHere } from './guard/refusal.ts';
import * as channelLayer from './lessons/channel-layer.ts';
import * as connectionList from './lessons/connection-list.ts';
import { longPolling } from './lessons/long-polling.ts';
import { polling } from './lessons/polling.ts';
import { serverSentEvents } from './lessons/server-sent-events.ts';
import * as websocket from './lessons/websocket.ts';
import { pairEndpoints } from './processes/endpoints.ts';
import { withGroups } from './rooms/groups.ts';

/** Each lesson's HTTP endpoints, under `/live/<slug>/`; WebSocket's are in sockets.ts. */
const lessons: Record<Slug, (context: Context) => Router> = {
  polling,
  'long-polling': longPolling,
  'server-sent-events': serverSentEvents,
  websocket: websocket.views,
  'connection-list': connectionList.views,
  'channel-layer': channelLayer.views,
};

/** What may have a body (RFC 9112 §6), and what must. */
const hasBody = ({ method, headers }: Request) =>
  method === 'POST' || 'content-length' in headers || 'transfer-encoding' in headers;

/** All of `/live/`, guarded. */
export function live(context: Context): Router {
  const { settings, log } = context;
  const endpoints = Router();
  endpoints.use((_request, response, next) => {
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  });
  endpoints.use(crossOrigin(settings));
  const taking = Router().use(pacePosts(settings), jsonOnly, express.json({ limit: 65_536 }));
  endpoints.use((request, response, next) => {
    if (hasBody(request)) taking(request, response, next);
    else next();
  });
  const heard = { ...context, rooms: withGroups(context.rooms, context.layer) };
  for (const [slug, lesson] of Object.entries(lessons)) endpoints.use(`/${slug}`, lesson(heard));
  endpoints.use('/pair', pairEndpoints(context));
  endpoints.use(nothingHere, answerErrors(log));
  return endpoints;
}
