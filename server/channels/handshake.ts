import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Refusal } from './problem.ts';
import type { Address, WebSocketScope } from './scope.ts';

/** RFC 6455 §4.1: 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Why an upgrade request is no WebSocket handshake (RFC 6455 §4.2.1), or undefined when it is. */
export function handshakeProblem(request: IncomingMessage): Refusal | undefined {
  const { headers, method } = request;
  if (method !== 'GET') {
    return {
      status: 405,
      detail: 'A handshake is a GET request. Send GET.',
      headers: { Allow: 'GET' },
    };
  }
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    return { status: 400, detail: 'The request asks for no WebSocket. Send Upgrade: websocket.' };
  }
  if (headers['sec-websocket-version'] !== '13') {
    return {
      status: 426,
      detail: 'This server speaks version 13. Send Sec-WebSocket-Version: 13.',
      headers: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' },
    };
  }
  if (!KEY.test(headers['sec-websocket-key'] ?? '')) {
    return {
      status: 400,
      detail: 'Sec-WebSocket-Key is 16 random bytes in base64. Send such a key.',
    };
  }
  const offered = offeredSubprotocols(request);
  if (!offered.every((name) => TOKEN.test(name)) || new Set(offered).size < offered.length) {
    return {
      status: 400,
      detail: 'Sec-WebSocket-Protocol is a list of different tokens. Separate them with commas.',
    };
  }
  return undefined;
}

/** The scope of a handshake, or why its target cannot be read. */
export function scopeOf(request: IncomingMessage): WebSocketScope | Refusal {
  const [rawPath = '', ...query] = (request.url ?? '').split('?');
  const path = decoded(rawPath);
  if (path === undefined) {
    return { status: 400, detail: 'The path is no percent-encoded UTF-8. Encode it anew.' };
  }
  const { socket } = request;
  const client = address(socket.remoteAddress, socket.remotePort);
  const server = address(socket.localAddress, socket.localPort);
  return {
    type: 'websocket',
    scheme: socket instanceof TLSSocket ? 'wss' : 'ws',
    httpVersion: request.httpVersion,
    path,
    rawPath,
    queryString: query.join('?'),
    headers: headerPairs(request.rawHeaders),
    subprotocols: offeredSubprotocols(request),
    urlRoute: { args: [], kwargs: {} },
    ...(client && { client }),
    ...(server && { server }),
  };
}

function offeredSubprotocols({ headers }: IncomingMessage): string[] {
  const list = headers['sec-websocket-protocol'];
  return list === undefined ? [] : list.split(',').map((name) => name.trim());
}

/** Undefined for what is no absolute path (RFC 9112 §3.2.1) in UTF-8. */
function decoded(rawPath: string): string | undefined {
  if (!rawPath.startsWith('/')) return undefined;
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return undefined;
  }
}

type Pair = readonly [name: string, value: string];

/** Header lines that many have alike, so that a scope for each connection costs little. */
const known = new Map<string, Pair>();
const KNOWN_LINES = 500;
const LONGEST_LINE = 200;

function headerPairs(raw: readonly string[]): Pair[] {
  return Array.from({ length: raw.length >> 1 }, (_, index) => {
    const [name = '', value = ''] = raw.slice(2 * index, 2 * index + 2);
    const line = `${name}: ${value}`;
    const before = known.get(line);
    if (before) return before;
    const pair: Pair = Object.freeze([name.toLowerCase(), value] as const);
    if (line.length > LONGEST_LINE) return pair;
    if (known.size === KNOWN_LINES) known.clear();
    known.set(line, pair);
    return pair;
  });
}

function address(host: string | undefined, port: number | undefined): Address | undefined {
  return host === undefined || port === undefined ? undefined : [host, port];
}
