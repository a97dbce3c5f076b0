import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

// What a builder writes who knows nothing of this project but the contract: Node, ws, arrays.

export interface Words {
  sender: string;
  text: string;
}

export interface Message extends Words {
  id: string;
  at: number;
}

/** What was said in a room, and who is told of more. */
export interface Log {
  messages: Message[];
  listeners: Set<(message: Message) => void>;
}

/** Finds a room's log, or makes it. */
export function logs(): (room: string) => Log {
  const rooms = new Map<string, Log>();
  return (room) => {
    const log = rooms.get(room) ?? { messages: [], listeners: new Set() };
    rooms.set(room, log);
    return log;
  };
}

/** A message as the next of a log; nobody is told yet. */
export function stamp({ messages }: Log, { sender, text }: Words): Message {
  const message = { id: String(messages.length + 1), sender, text, at: Date.now() };
  messages.push(message);
  return message;
}

/** Tells all who listen. */
export function tell({ listeners }: Log, message: Message): void {
  for (const listener of [...listeners]) listener(message);
}

/** How many messages a cursor has behind it; undefined for what is no cursor. */
export const placeOf = (cursor: string): number | undefined =>
  /^\d+$/.test(cursor) ? Number(cursor) : undefined;

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** A refusal; as plain text where `mime` says so. */
export function refuse(
  response: ServerResponse,
  status: number,
  name: string,
  mime = 'application/problem+json',
): void {
  const problem = { type: `urn:on-the-wire:${name}`, status, title: name, detail: 'Do it right.' };
  response.writeHead(status, { 'Content-Type': mime }).end(JSON.stringify(problem));
}

export async function wordsOf(request: IncomingMessage): Promise<Words> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Words;
}

interface Builder {
  answer?: (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;
  /** What to do with a WebSocket at this address; undefined where there is none. */
  meet?: (url: URL) => ((socket: WebSocket) => void) | undefined;
  /** What to do with an upgrade where there is none; 404 unless given. */
  turnAway?: (socket: NodeJS.WritableStream) => void;
  /** How many bytes a WebSocket message may have. */
  maxPayload?: number;
  /** Its second process. */
  other?: () => Promise<{ url: string } & AsyncDisposable>;
}

const notFound = (socket: NodeJS.WritableStream) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n');

export interface BuilderServer extends AsyncDisposable {
  url: string;
  other?: string;
}

/** Listens on a free port of this machine until it is disposed of. */
export async function builderServer(builder: Builder): Promise<BuilderServer> {
  const { answer, meet, turnAway = notFound, maxPayload = 65_536 } = builder;
  const second = await builder.other?.();
  const sockets = new WebSocketServer({ noServer: true, maxPayload });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const answered = answer?.(request, response, url) ?? Promise.reject(new Error('no HTTP here'));
    answered.catch(() => response.writeHead(500).end());
  });
  server.on('upgrade', (request, socket, head) => {
    const greet = meet?.(new URL(request.url ?? '/', 'http://127.0.0.1'));
    if (!greet) return void turnAway(socket);
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {}); // ws closes the connection by itself
      greet(client);
    });
  });
  const connections = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    ...(second && { other: second.url }),
    async [Symbol.asyncDispose]() {
      await second?.[Symbol.asyncDispose]();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}
