import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import express from 'express';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { interpose } from '../../server/wire/interpose.ts';
import type { Onlooker, Watched } from '../../server/wire/onlooker.ts';
import { CLEAR, type Conditions } from '../../src/protocol/conditions.ts';

/** How a server has its connections: as they are, or through a WireSocket. */
export const KINDS = ['raw socket', 'WireSocket'] as const;
export type Kind = (typeof KINDS)[number];

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** An onlooker whose conditions are a test's, and who remembers. */
export class TestOnlooker implements Onlooker {
  conditions: Conditions;
  connection: Watched | undefined;
  readonly arrivedBytes: Buffer[] = [];
  readonly seen: string[] = [];
  #streams = false;

  constructor(conditions: Conditions) {
    this.conditions = conditions;
  }

  opened(connection: Watched) {
    this.connection = connection;
  }

  arriving(bytes: Buffer) {
    this.seen.push(`arriving ${bytes.length}`);
    return this.conditions;
  }

  arrived(bytes: Buffer) {
    this.arrivedBytes.push(bytes);
  }

  leaving(bytes: Buffer) {
    this.seen.push(`leaving ${bytes.length}`);
    const text = bytes.toString('latin1');
    if (text.startsWith('HTTP/1.1 ')) this.#streams = text.includes('text/event-stream');
    return { conditions: this.conditions, ends: !this.#streams || text.endsWith('0\r\n\r\n') };
  }

  over(by: string, clean: boolean) {
    this.seen.push(`over by ${by}${clean ? '' : ', not clean'}`);
  }

  /** Others from now on, also for what is open. */
  change(worse: Partial<Conditions>) {
    this.conditions = { ...CLEAR, ...worse };
    this.connection?.conditionsChanged();
  }
}

interface Options extends ServerOptions {
  kind?: Kind;
  worse?: Partial<Conditions>;
  prepare?: (server: Server) => void;
}

/** A server with Express and ws behind it, until the test is over. */
export async function serveWire({
  kind = 'WireSocket',
  worse = {},
  prepare,
  ...options
}: Options = {}) {
  const onlookers: TestOnlooker[] = [];
  const sockets: Duplex[] = [];
  const streams: ServerResponse[] = [];
  /** What the server was told, in order. */
  const told: string[] = [];
  const server = createServer({ connectionsCheckingInterval: 50, ...options });
  server.on('connection', (socket: Duplex) => {
    sockets.push(socket);
    socket.on('close', (hadError) => told.push(`socket closed${hadError ? ' by an error' : ''}`));
  });
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('request', handler(streams, told)).on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => undefined);
      ws.on('close', (code, reason) => told.push(`WebSocket closed ${code} ${String(reason)}`));
      ws.on('message', (data: Buffer, isBinary) => {
        if (data.toString() === 'close') ws.close(4_000, 'as asked');
        else ws.send(data, { binary: isBinary });
      });
    });
  });
  if (kind === 'WireSocket')
    interpose(server, () => {
      const onlooker = new TestOnlooker({ ...CLEAR, ...worse });
      onlookers.push(onlooker);
      return onlooker;
    });
  prepare?.(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const onlooker of onlookers) onlooker.change({ offline: true });
    server.closeAllConnections();
    for (const ws of webSockets.clients) ws.terminate();
  });
  const { port } = server.address() as AddressInfo;
  return { server, port, url: `http://127.0.0.1:${port}`, onlookers, sockets, streams, told };
}
export type WireServer = Awaited<ReturnType<typeof serveWire>>;

function handler(streams: ServerResponse[], told: string[]) {
  const app = express();
  app.use((request, response, next) => {
    told.push(`${request.method} ${request.url}`);
    request.on('error', (error) => told.push(`request: ${error.message}`));
    response.on('close', () =>
      told.push(`response ${response.writableFinished ? '' : 'not '}sent`),
    );
    next();
  });
  app.get('/hello', (_request, response) => void response.type('txt').send('hello'));
  app.all('/digest', async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      response.json({ length: bytes.length, sha256: sha256(bytes) });
    } catch {
      // It was told as the request's error.
    }
  });
  app.get('/bytes/:many', (request, response) => {
    response.end(bytesOf(Number(request.params.many)));
  });
  app.get('/events', (_request, response) => {
    response.setHeader('Content-Type', 'text/event-stream');
    response.flushHeaders();
    streams.push(response);
  });
  app.all('/never', (_request, response) => void streams.push(response));
  return app;
}

/** Bytes of which each place differs. */
export function bytesOf(many: number): Buffer {
  const bytes = Buffer.alloc(many);
  for (let at = 0; at < many; at += 1) bytes[at] = Math.imul(at, 2_654_435_761) >>> 24;
  return bytes;
}
