import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { type WebSocket as PeerSocket, WebSocketServer } from 'ws';
import { randomRoom } from '../../src/lessons/claim.ts';
import { TextSocketTransport } from '../../src/transports/text-socket.ts';
import { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { openApp } from '../support/open-app.ts';
import { collect, once, transportContract } from './contract.ts';

const wsUrl = (url: string, path: string) => url.replace('http', 'ws') + path;
const group = (url: string, room: string) => wsUrl(url, `/live/channel-layer/room/${room}/`);

transportContract({
  name: 'websocket',
  connect: (url, room, { sender, after, retry = () => 5 }) =>
    new WebSocketTransport(group(url, room), { sender, after, retry }),
});

/** A server of the test's own. */
async function peerOf(connected: (socket: PeerSocket, url: string) => void) {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => connected(socket, request.url ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/room/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('comes back with the place that it was told before any message', async () => {
  const asked: string[] = [];
  const { promise: twice, resolve } = Promise.withResolvers<void>();
  await using peer = await peerOf((socket, url) => {
    if (asked.push(url) === 2) resolve();
    socket.send('{"after":"place.1","skipped":0}', () => socket.close(1011));
  });
  const transport = new WebSocketTransport(peer.url, { sender: 'Alice', retry: () => 1 });
  await twice;
  expect(asked).toEqual(['/room/', '/room/?after=place.1']);
  transport.close();
});

test('says what was lost, and leaves out frames that it does not know', async () => {
  await using peer = await peerOf((socket) => {
    for (const frame of ['not JSON', '{"else":1}', '{"after":"a.1","skipped":null}'])
      socket.send(frame);
  });
  const transport = new WebSocketTransport(peer.url, { sender: 'Alice' });
  const inbox = collect(transport);
  expect(await once(transport, 'skipped')).toMatchObject({ detail: null });
  expect(inbox.received).toEqual([]);
  transport.close();
});

test('closed before it is open, it still closes the socket', async () => {
  const { promise: code, resolve } = Promise.withResolvers<number>();
  await using peer = await peerOf((socket) => socket.on('close', resolve));
  const transport = new WebSocketTransport(peer.url, { sender: 'Alice' });
  queueMicrotask(() => queueMicrotask(() => transport.close()));
  expect(await code).toBe(1000);
});

const echo = (url: string) =>
  new TextSocketTransport(wsUrl(url, `/live/websocket/room/${randomRoom()}/`), { sender: 'Alice' });

test('a bare socket times each reply, tells the code of its close, and stays closed', async () => {
  await using app = await openApp();
  const socket = echo(app.url);
  await once(socket, 'open');
  const inbox = collect(socket);
  await socket.send('hello');
  await inbox.atLeast(1);
  expect(inbox.received[0]).toMatchObject({ text: '不要回复不要回复不要回复' });
  const took = (inbox.received[0] as { took?: number }).took;
  expect(took).toBeGreaterThan(0);
  const closed = once(socket, 'close');
  socket.close(4321, 'bye');
  socket.close(1000);
  expect(await closed).toMatchObject({ code: 4321, reason: 'bye', wasClean: true });
  expect(socket.readyState).toBe(Transport.CLOSED);
  await expect(socket.send('late')).rejects.toBeInstanceOf(TypeError);
});
