import express, { type RequestHandler, Router } from 'express';
import type { Slug } from '../content/lessons.ts';
import type { Context } from './context.ts';
import { crowdEndpoints } from './crowd/endpoints.ts';
import { crossOrigin } from './guard/cross-origin.ts';
import { jsonOnly } from './guard/json-only.ts';
import { pacePosts } from './guard/pace.ts';
import { answerErrors, nothingHere } from './guard/refusal.ts';
import * as channelLayer from './lessons/channel-layer.ts';
import * as connectionList from './lessons/connection-list.ts';
import { longPolling } from './lessons/long-polling.ts';
import { polling } from './lessons/polling.ts';
import { serverSentEvents } from './lessons/server-sent-events.ts';
import { pairEndpoints } from './processes/endpoints.ts';
import { withGroups } from './rooms/groups.ts';

// #region routes
/** Each lesson's HTTP endpoints, under `/live/<slug>/`; WebSocket's are in sockets.ts. */
const lessons: Record<Exclude<Slug, 'websocket'>, (context: Context) => Router> = {
  polling,
  'long-polling': longPolling,
  'server-sent-events': serverSentEvents,
  'connection-list': connectionList.views,
  'channel-layer': channelLayer.views,
};
// #endregion

/** Those whose messages are in a room's log. */
const WITH_LOG: Slug[] = ['polling', 'long-polling', 'server-sent-events', 'channel-layer'];

/** All of `/live/`, guarded. What most ask for, and have no body, passes few of Express's layers. */
export function live(context: Context): Router {
  const { settings, log } = context;
  const { inside } = context;
  const heard = { ...context, rooms: withGroups(context.rooms, context.layer) };
  for (const slug of WITH_LOG) inside.show(slug, { log: inside.log });
  const endpoints = Router();
  endpoints.use(
    noStore,
    crossOrigin(settings),
    whereBody(Router().use(pacePosts(settings), jsonOnly, express.json({ limit: 65_536 }))),
    byFirstSegment({
      ...Object.fromEntries(Object.entries(lessons).map(([slug, of]) => [slug, of(heard)])),
      pair: pairEndpoints(context),
      crowd: crowdEndpoints(context),
    }),
    nothingHere,
    answerErrors(log),
  );
  return endpoints;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  next();
};

/** Runs a handler for requests that have a body, or must (RFC 9112 §6). */
const whereBody =
  (handler: RequestHandler): RequestHandler =>
  (request, response, next) => {
    const { method, headers } = request;
    if (method === 'POST' || 'content-length' in headers || 'transfer-encoding' in headers)
      handler(request, response, next);
    else next();
  };

/** As \`use('/<name>', router)\` for each, without trying one after another. */
function byFirstSegment(routers: Record<string, RequestHandler>): RequestHandler {
  const known = new Map(Object.entries(routers));
  return (request, response, next) => {
    // A target may be a whole URL (RFC 9112 §3.2.2).
    const [start = '', host = '', name = ''] =
      /^(\w+:\/\/[^/?#]*)?\/([\w-]*)/.exec(request.url) ?? [];
    const rest = request.url.slice(start.length);
    const router = /^[/?]|^$/.test(rest) ? known.get(name.toLowerCase()) : undefined;
    if (!router) return next();
    const { url, baseUrl } = request;
    request.url = host + (rest.startsWith('/') ? rest : `/${rest}`);
    request.baseUrl = `${baseUrl}/${name}`;
    router(request, response, (error?: unknown) => {
      Object.assign(request, { url, baseUrl });
      next(error);
    });
  };
}
