import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { duplexPair } from 'node:stream';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createViteServer } from 'vitest/node';
import { WebSocket } from 'ws';
import { boundConnections } from '../../server/guard/connections.ts';
import { portProxy } from '../../server/passing/proxy.ts';
import { readSettings } from '../../server/settings.ts';
import { interpose } from '../../server/wire/interpose.ts';
import { WireSocket } from '../../server/wire/wire-socket.ts';
import { CLEAR } from '../../src/protocol/conditions.ts';
import { curlTime, openPlain, request } from './plain-client.ts';
import { serveWire, TestOnlooker } from './wire-server.ts';

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** What is on a socket while its request is being answered. */
async function stateOf(prepare: (server: Server) => void) {
  const server = createServer((_request, response) => response.end('hello'));
  prepare(server);
  const connected = once(server, 'request');
  const client = openPlain(await listen(server));
  client.write(request('GET /'));
  const [{ socket }] = (await connected) as [{ socket: Socket }];
  const handle: unknown = Reflect.get(socket, '_handle');
  return {
    isRaw: socket instanceof Socket,
    // Node's parser reads from the handle itself, past the stream: its fast path.
    isConsumed: handle instanceof Object && Reflect.get(handle, '_consumed') === true,
    listeners: socket.eventNames().map((name) => [name, socket.listenerCount(name)]),
    serverListeners: server.eventNames().map((name) => [name, server.listenerCount(name)]),
  };
}

test('a connection that nobody looks on at is as if there were nothing', async () => {
  const without = await stateOf(() => undefined);
  expect(without).toMatchObject({ isRaw: true, isConsumed: true });
  expect(await stateOf((server) => interpose(server, () => undefined))).toEqual(without);
});

test('one that somebody looks on at is a WireSocket, and each is asked about once', async () => {
  const asked: Socket[] = [];
  const server = createServer((_request, response) => response.end('hello'));
  const before = once(server, 'connection');
  interpose(server, (socket) => {
    asked.push(socket);
    return asked.length === 1 ? new TestOnlooker(CLEAR) : undefined;
  });
  const after = once(server, 'connection');
  const requested = once(server, 'request');
  const port = await listen(server);
  const [first, second] = [openPlain(port), openPlain(port)];
  for (const client of [first, second]) {
    client.write(request('GET /'));
    await client.gets('hello');
  }
  expect(asked).toHaveLength(2);
  const [[early], [late], [{ socket }]] = (await Promise.all([before, after, requested])) as [
    [unknown],
    [unknown],
    [{ socket: unknown }],
  ];
  expect(early).toBeInstanceOf(WireSocket);
  expect(late).toBe(early);
  expect(socket).toBe(early);
});

test('a connection that is no socket of the system is left to who made it', async () => {
  const look = vi.fn();
  const server = createServer((_request, response) => response.end('hello'));
  interpose(server, look);
  const [here, there] = duplexPair();
  server.emit('connection', there);
  here.write(request('GET /'));
  const [answer] = (await once(here, 'data')) as [Buffer];
  expect(answer.toString()).toContain('hello');
  expect(look).not.toHaveBeenCalled();
});

test.each(['before', 'after'])('connections are counted by who came %s it', async (when) => {
  const server = createServer();
  const count = () =>
    boundConnections(
      server,
      readSettings({ MAX_CONNECTIONS_PER_ADDRESS: '1' }),
      pino({ level: 'silent' }),
    );
  const here = () => interpose(server, () => new TestOnlooker(CLEAR));
  if (when === 'after') here();
  const { door } = count();
  if (when === 'before') here();
  server.on('request', (request, response) => response.end(door(request) ? 'refused' : 'hello'));
  const port = await listen(server);
  const [first, second] = [openPlain(port), openPlain(port)];
  first.write(request('GET /'));
  await first.gets('hello');
  second.write(request('GET /'));
  await second.gets('refused');
  second.socket.end();
  await second.closes();
  first.write(request('GET /'));
  await first.gets('hello');
  first.socket.end();
  await first.closes();
  const third = openPlain(port);
  third.write(request('GET /'));
  await third.gets('hello');
});

test('a socket says who its peer is, also behind Express', async () => {
  const { port, sockets } = await serveWire();
  const client = openPlain(port);
  client.write(request('GET /hello'));
  await client.gets('hello');
  expect(sockets[0]).toMatchObject({
    remoteAddress: '127.0.0.1',
    remoteFamily: 'IPv4',
    remotePort: client.socket.localPort,
    localAddress: '127.0.0.1',
    localPort: port,
    bytesRead: client.socket.bytesWritten,
    bytesWritten: client.bytes().length,
  });
});

test('what is passed on to another process goes through it, HTTP and WebSockets', async () => {
  const member = await serveWire({ kind: 'raw socket' });
  const proxy = portProxy();
  const target = { port: member.port, pid: process.pid };
  const passing = { target, headers: {}, onAway: () => undefined };
  const server = createServer((request, response) => proxy.web(request, response, passing));
  server.on('upgrade', (request, socket, head) => proxy.upgrade(request, socket, head, passing));
  interpose(server, () => new TestOnlooker({ ...CLEAR, latency: 200 }));
  const port = await listen(server);
  expect(await curlTime(`http://127.0.0.1:${port}/hello`)).toBeGreaterThan(195);
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
  await once(ws, 'open');
  ws.send('hello');
  expect(String((await once(ws, 'message'))[0])).toBe('hello');
  ws.close(4_000, 'bye');
  await expect.poll(() => member.told).toContain('WebSocket closed 4000 bye');
});

test('Vite’s development server works behind it: its pages, and its own WebSocket', async () => {
  const vite = await createViteServer({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'silent',
    optimizeDeps: { noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, watch: null },
  });
  onTestFinished(() => vite.close());
  if (!vite.httpServer) throw new Error('Vite has no server of its own.');
  const onlookers: TestOnlooker[] = [];
  interpose(vite.httpServer, () => {
    const onlooker = new TestOnlooker({ ...CLEAR, latency: 200 });
    onlookers.push(onlooker);
    return onlooker;
  });
  await vite.listen();
  const { port } = vite.httpServer.address() as AddressInfo;
  expect(await curlTime(`http://127.0.0.1:${port}/@vite/client`)).toBeGreaterThan(195);
  const token = vite.config.webSocketToken;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`, 'vite-hmr');
  const [message] = (await once(ws, 'message')) as [Buffer];
  expect(JSON.parse(message.toString())).toEqual({ type: 'connected' });
  await vite.close();
  await expect
    .poll(() => onlookers.every(({ seen }) => seen.at(-1)?.startsWith('over')))
    .toBe(true);
});
