import { createServer } from 'node:http';
import express, { type RequestHandler } from 'express';
import type { Context } from './context.ts';
import { answerClientErrors } from './guard/client-errors.ts';
import { boundConnections } from './guard/connections.ts';
import { networkAddresses } from './addresses.ts';
import { behind, type Door, hostDoor, isLoopback } from './guard/doors.ts';
import { boundExchanges } from './guard/exchanges.ts';
import { answerJsonAtOnce } from './guard/json.ts';
import { answerErrors, nothingHere } from './guard/refusal.ts';
import { live } from './live.ts';
import { passRequests } from './passing/passing.ts';
import { yoursIsThere, yoursWay } from './passing/yours.ts';
import { pairWay } from './processes/pair-way.ts';
import { watchConnections } from './wire/watch-connections.ts';
import { sockets } from './sockets.ts';

/**
 * The companion as Express middleware: `/live/`, `/pair/`, `/yours/`, `/healthz`, and behind them the pages.
 * @param pages what answers all other paths
 * @param doors what a request must pass before anything else
 */
export function createApp(
  context: Context,
  pages: RequestHandler = nothingHere,
  doors: Door[] = [],
) {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  answerJsonAtOnce(app);
  if (context.log.isLevelEnabled('info')) app.use(logRequests(context));
  for (const door of [...doors, hostDoor(context.settings)]) app.use(behind(door));
  app.get('/healthz', (request, response) => {
    // Only who is on this machine is told how others reach it.
    const local = isLoopback(request.hostname) && isLocal(request.socket.remoteAddress);
    const addresses = local ? networkAddresses(context.settings.HOST) : [];
    response.set('Cache-Control', 'no-store').json({
      status: 'ok',
      at: Date.now(),
      addresses,
      ...(context.redis && { redis: context.redis.available ? 'up' : 'away' }),
    });
  });
  app.use('/live', live(context));
  app.use(yoursIsThere(context.settings));
  for (const way of [pairWay(context), yoursWay(context.settings)])
    app.use(passRequests(context.settings, way));
  app.use(pages, answerErrors(context.log));
  return app;
}

/**
 * An http.Server with the app and the sockets on it, and the time-outs that slow clients meet. It
 * does not listen. Keep-alive outlasts the longest poll interval; a request's head must come within
 * 10 s, the whole of it within 30 s.
 */
export function createHttpServer(context: Context, pages?: RequestHandler) {
  const server = createServer({
    keepAliveTimeout: 75_000,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 2_000,
    maxHeaderSize: 16_384,
    // An "Upgrade: h2c", as curl --http2 sends it, is no upgrade here but a plain request.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  });
  // A connection on which nothing moves, neither way. A held answer is held for less.
  server.timeout = 60_000;
  answerClientErrors(server);
  const connections = boundConnections(server, context.settings, context.log);
  watchConnections(server, context.wire);
  context.inside.connections = connections.many;
  const webSockets = sockets(context, [connections.door]);
  const exchanges = boundExchanges(createApp(context, pages, [connections.door]));
  // An "Expect" that Node does not know may be ignored (RFC 9110 §10.1.1); its 417 has no problem.
  server.on('request', exchanges).on('checkExpectation', exchanges);
  server.on('upgrade', webSockets.handleUpgrade);
  return { server, webSockets };
}

function logRequests({ log }: Context): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    response.once('close', () => {
      const ms = Math.round(performance.now() - started);
      const { method, originalUrl } = request;
      log.info({ method, url: originalUrl, status: response.statusCode, ms });
    });
    next();
  };
}

const isLocal = (address = '') => /^(::ffff:)?127\.|^::1$/.test(address);
