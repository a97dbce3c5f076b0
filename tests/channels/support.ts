import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import {
  serveWebSocket,
  type Application,
  type ServeOptions,
  type WebSocketScope,
} from '../../server/channels/index.ts';

/** A scope as a handshake to `path` has it. */
export function scopeAt(path: string): WebSocketScope {
  return {
    type: 'websocket',
    scheme: 'ws',
    httpVersion: '1.1',
    path,
    rawPath: path,
    queryString: '',
    headers: [],
    subprotocols: [],
    urlRoute: { args: [], kwargs: {} },
  };
}

/** Serves an application on a free port until the test is over. */
export async function serve(application: Application, options: ServeOptions = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const service = serveWebSocket(application, { onError, closeTimeout: 1_000, ...options });
  const server = createServer().on('upgrade', service.handleUpgrade).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(async () => {
    await service.close();
    server.close();
    server.closeAllConnections();
  });
  /** A client that has not connected yet; a refusal is one of its events, not an error. */
  const client = (path = '/', subprotocols: string[] = [], clientOptions: ClientOptions = {}) => {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, subprotocols, clientOptions);
    ws.on('error', () => undefined);
    onTestFinished(() => ws.terminate());
    return ws;
  };
  /** A client that is connected. */
  const open = async (path = '/', clientOptions: ClientOptions = {}) => {
    const ws = client(path, [], clientOptions);
    await once(ws, 'open');
    return ws;
  };
  return { client, errors, open, port, server, service };
}

export async function closeOf(ws: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}

export async function textOf(ws: WebSocket): Promise<string> {
  const [data] = (await once(ws, 'message')) as [Buffer];
  return data.toString();
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** A bare TCP connection that has written a handshake; `fields` override or (undefined) omit. */
export function handshake(
  port: number,
  target = '/',
  fields: Record<string, string | undefined> = {},
  method = 'GET',
): Socket {
  const headers = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...fields,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write([`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** The answer to a refused handshake. */
export async function refusalOf(socket: Socket) {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n');
  return {
    status: Number(head.split(' ')[1]),
    head: head.toLowerCase(),
    problem: body === '' ? undefined : (JSON.parse(body) as Record<string, unknown>),
  };
}

/** One masked client frame (RFC 6455 §5.2) with a payload of up to 125 bytes. */
export function frame(opcode: number, payload: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}
