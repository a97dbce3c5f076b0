import { expect, test } from 'vitest';
import {
  asApplication,
  NoRouteError,
  protocolTypeRouter,
  resolve,
  route,
  UnknownProtocolError,
  urlRouter,
  WebSocketCommunicator,
  WebSocketConsumer,
  type Application,
  type HttpScope,
} from '../../server/channels/index.ts';
import { scopeAt } from './support.ts';

const room = /room\/(?<group>[A-Za-z0-9_]{1,64})\//;

/** Applications that are only ever compared. */
const first: Application = async () => undefined;
const second: Application = async () => undefined;

test('P15: a pattern matches a whole path, with or without ^ and $', () => {
  for (const pattern of [room, new RegExp(`^${room.source}$`), new RegExp(`a|${room.source}`)]) {
    const router = urlRouter([route(pattern, first)]);
    expect(router.resolve(scopeAt('/room/blue/'))?.scope.urlRoute.kwargs).toEqual({
      group: 'blue',
    });
    for (const path of [
      '/room/blue',
      '/x/room/blue/',
      '/room/blue/x',
      '//room/blue/',
      '/room/中文/',
    ]) {
      expect(router.resolve(scopeAt(path)), path).toBeUndefined();
    }
    expect(router.resolve(scopeAt('/room/blue/\n'))).toBeUndefined();
  }
});

test('P15: the first route that matches wins', () => {
  const router = urlRouter([route(/a/, first), route(/[ab]/, second), route(/b/, first)]);
  expect(router.resolve(scopeAt('/a'))?.application).toBe(first);
  expect(router.resolve(scopeAt('/b'))?.application).toBe(second);
});

test('P15: a pattern whose flags keep state or loosen the anchors is refused', () => {
  for (const flags of ['g', 'y', 'm']) {
    expect(() => route(new RegExp('a', flags), first)).toThrow(/takes no flag/);
  }
  expect(urlRouter([route(/A/i, first)]).resolve(scopeAt('/a'))).toBeDefined();
});

test('P15: a group that took no part captures nothing; unnamed groups are args', () => {
  const router = urlRouter([
    route(/list(?:\/(?<page>\d+))?/, first),
    route(/(\d+)-(x)?(\d+)/, second),
  ]);
  expect(router.resolve(scopeAt('/list'))?.scope.urlRoute.kwargs).toEqual({});
  expect(router.resolve(scopeAt('/1-2'))?.scope.urlRoute.args).toEqual(['1', '', '2']);
});

test('P16: nested routers match the rest, and captures are merged', () => {
  const inner = urlRouter([route(room, first), route(/(?<lesson>\w+)/, second)]);
  const router = protocolTypeRouter({
    websocket: urlRouter([route(/live\/(?<lesson>[\w-]+)\//, inner), route(/live\/.*/, second)]),
  });
  const kwargsAt = (path: string) => router.resolve(scopeAt(path))?.scope.urlRoute.kwargs;
  expect(kwargsAt('/live/websocket/room/blue/')).toEqual({ lesson: 'websocket', group: 'blue' });
  expect(kwargsAt('/live/a/b')).toEqual({ lesson: 'b' });
  expect(router.resolve(scopeAt('/live/a/b/c/'))?.application).toBe(second);
  expect(kwargsAt('/x/live/a/b')).toBeUndefined();
});

test('P16: a consumer reads what was captured', async () => {
  class Room extends WebSocketConsumer {
    override receive() {
      this.send(this.kwarg('group'));
    }
  }
  const peer = new WebSocketCommunicator(
    urlRouter([route(/live\//, urlRouter([route(room, asApplication(Room))]))]),
    '/live/room/blue/',
  );
  await peer.connect();
  peer.sendTo('which?');
  expect(await peer.receiveFrom()).toBe('blue');
  await peer.disconnect();
});

test('P17: without a match nothing is run', async () => {
  const router = urlRouter([route(/a/, first)]);
  expect(router.resolve(scopeAt('/b'))).toBeUndefined();
  expect(() => resolve(router, scopeAt('/b'))).toThrow(NoRouteError);
  expect(resolve(first, scopeAt('/b')).application).toBe(first);
  const peer = new WebSocketCommunicator(router, '/b');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 404 } });
  await expect(peer.wait()).rejects.toThrow('No route matches "/b". Add a route');
});

test('P18: the type of the scope chooses the application', async () => {
  const sent: unknown[] = [];
  const hello: Application = async (_scope, _receive, send) => {
    send({ type: 'http.response.start', status: 204, headers: [] });
  };
  const http: HttpScope = { ...scopeAt('/'), type: 'http', scheme: 'http', method: 'GET' };
  const both = protocolTypeRouter({ websocket: first, http: hello });
  expect(both.resolve(scopeAt('/'))?.application).toBe(first);
  await both(
    http,
    async () => ({ type: 'http.disconnect' }),
    (event) => {
      sent.push(event);
      return { sent: true };
    },
  );
  expect(sent).toEqual([{ type: 'http.response.start', status: 204, headers: [] }]);
});

test('P18: a protocol without an application is a typed error', async () => {
  const router = protocolTypeRouter({ http: first });
  const peer = new WebSocketCommunicator(router, '/');
  expect(() => resolve(router, scopeAt('/'))).toThrow(UnknownProtocolError);
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 404 } });
  await expect(peer.wait()).rejects.toThrow('No application speaks websocket');
});
