import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { closeOf } from '../channels/support.ts';
import { rawFrame } from '../support/raw-websocket.ts';
import { openPlain, request } from './plain-client.ts';
import { bytesOf, KINDS, serveWire } from './wire-server.ts';

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

describe.each(KINDS)('through a %s', (kind) => {
  test('a client that goes in the middle of a body is told of', async () => {
    const { port, told } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(request('POST /digest', { 'Content-Length': '100' }) + 'half');
    await expect.poll(() => told).toContain('POST /digest');
    client.socket.destroy();
    await expect
      .poll(() => told)
      .toEqual([
        'POST /digest',
        'socket closed by an error', // a message that ends too soon
        'response not sent',
        'request: aborted',
      ]);
  });

  test('a client that goes while its answer is held is told of', async () => {
    const { port, told } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(request('GET /never'));
    await expect.poll(() => told).toContain('GET /never');
    client.socket.destroy();
    await expect
      .poll(() => told)
      .toEqual(['GET /never', 'socket closed', 'response not sent', 'request: aborted']);
  });

  test('a reset by the client is an ECONNRESET, once', async () => {
    const { port, server, told } = await serveWire({ kind });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      told.push(`client error ${error.code}`);
      socket.destroy();
    });
    const client = openPlain(port);
    client.write(request('GET /never'));
    await expect.poll(() => told).toContain('GET /never');
    client.socket.resetAndDestroy();
    await expect
      .poll(() => told)
      .toEqual([
        'GET /never',
        'client error ECONNRESET',
        'socket closed by an error',
        'response not sent',
        'request: aborted',
      ]);
  });

  test('what is no HTTP is answered 400', async () => {
    const { port, told } = await serveWire({ kind });
    const client = openPlain(port);
    client.write('hello?\r\n\r\n');
    await client.gets('HTTP/1.1 400 Bad Request');
    await client.ends();
    await expect.poll(() => told).toEqual(['socket closed by an error']);
  });

  test('a head that takes too long is answered 408', async () => {
    const { port } = await serveWire({ kind, headersTimeout: 100, requestTimeout: 200 });
    const client = openPlain(port);
    client.write('GET /hello HTTP/1.1\r\nHost');
    await client.gets('HTTP/1.1 408 Request Timeout');
    await client.ends();
  });

  test('a connection on which nothing moves is ended, one on which something moves is not', async () => {
    const { port, streams, told } = await serveWire({
      kind,
      prepare: (server) => (server.timeout = 300),
    });
    const client = openPlain(port);
    const begun = performance.now();
    client.write(request('GET /events'));
    await client.gets('text/event-stream');
    let last = 0;
    const moving = setInterval(() => {
      last = performance.now();
      streams[0]?.write(': still here\n\n');
    }, 50);
    await client.has(client.bytes().length + 10 * 19);
    clearInterval(moving);
    expect(last - begun).toBeGreaterThan(450);
    expect((await client.ends()) - last).toBeGreaterThan(295);
    await expect
      .poll(() => told)
      .toEqual(['GET /events', 'socket closed', 'response not sent', 'request: aborted']);
  });

  test('closeIdleConnections ends what is idle, closeAllConnections the rest', async () => {
    const { port, server, told } = await serveWire({ kind });
    const [idle, busy] = [openPlain(port), openPlain(port)];
    idle.write(request('GET /hello'));
    busy.write(request('GET /never'));
    await idle.gets('hello');
    await expect.poll(() => told).toContain('GET /never');
    server.closeIdleConnections();
    await idle.ends();
    expect(busy.socket.readableEnded).toBe(false);
    server.closeAllConnections();
    await busy.ends();
    await expect.poll(() => told.filter((line) => line === 'socket closed')).toHaveLength(2);
  });

  test('a server that closes waits until its connections are over, and no longer', async () => {
    const { port, server } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(request('GET /never'));
    await once(server, 'request');
    const closed = once(server, 'close');
    server.close();
    client.socket.destroy();
    await closed;
  });

  test('texts and bytes go both ways over a WebSocket', async () => {
    const { port } = await serveWire({ kind });
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(ws, 'open');
    for (const data of ['你好', bytesOf(300_000), '']) {
      ws.send(data);
      const [back, isBinary] = (await once(ws, 'message')) as [Buffer, boolean];
      expect(isBinary).toBe(typeof data !== 'string');
      expect(back.equals(Buffer.from(data))).toBe(true);
    }
    ws.terminate();
  });

  test('frames that come with the handshake are not lost', async () => {
    const { port } = await serveWire({ kind });
    const client = openPlain(port);
    client.write(
      Buffer.concat([Buffer.from(request('GET /', UPGRADE)), rawFrame(0x81, 'at once')]),
    );
    await client.gets('at once');
  });

  test('a WebSocket’s close codes come to the other side, whoever closes', async () => {
    const { port, told } = await serveWire({ kind });
    const [asking, leaving] = await Promise.all(
      [0, 1].map(async () => {
        const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
        await once(ws, 'open');
        return ws;
      }),
    );
    asking?.send('close');
    expect(asking && (await closeOf(asking))).toEqual({ code: 4_000, reason: 'as asked' });
    leaving?.close(4_321, 'bye');
    await expect.poll(() => told).toContain('WebSocket closed 4321 bye');
    await expect.poll(() => told.filter((line) => line === 'socket closed')).toHaveLength(2);
  });

  test('an end is told of to who does not read', async () => {
    const { port, server } = await serveWire({ kind });
    server.removeAllListeners('upgrade');
    const upgraded = once(server, 'upgrade');
    const client = openPlain(port);
    client.write(request('GET /', UPGRADE));
    const [, socket] = (await upgraded) as [unknown, Duplex];
    const ended = once(socket, 'end');
    client.socket.end();
    await ended;
    socket.end();
    await client.closes();
  });

  test('a WebSocket that is cut off is closed with 1006', async () => {
    const { port, told } = await serveWire({ kind });
    const ws = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(ws, 'open');
    ws.terminate();
    await expect.poll(() => told).toEqual(['socket closed', 'WebSocket closed 1006 ']);
  });
});
