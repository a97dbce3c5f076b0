import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { Connection, STOPPING, type Upgrade } from './connection.ts';
import { NoRouteError, UnknownProtocolError } from './errors.ts';
import { handshakeProblem, scopeOf } from './handshake.ts';
import { Outbox } from './outbox.ts';
import { NOT_FOUND, refuse, type Refusal } from './problem.ts';
import { resolve, type Match } from './routing.ts';
import type { Application, Scope } from './scope.ts';
import { nothingDue } from './turns.ts';

/** Times are in milliseconds. */
export interface ServeOptions {
  /** Asked last before the application runs; a refusal is answered, undefined admits. */
  readonly admit?: (request: IncomingMessage) => Refusal | undefined;
  /** Made once a connection and called for each message; false closes with 1008 "too fast". */
  readonly pace?: (request: IncomingMessage) => () => boolean;
  /** Told what an application threw, after its connection was ended. */
  readonly onError?: (error: unknown, scope: Scope) => void;
  /** In which an application must accept or deny. */
  readonly handshakeTimeout?: number;
  /** In which a peer must answer a close frame. */
  readonly closeTimeout?: number;
  /** Between two pings; a peer that has not answered the one before is dropped. */
  readonly pingInterval?: number;
  /** Bytes of the largest message; a larger one closes with 1009. */
  readonly maxPayload?: number;
  /** Bytes that may wait for a peer to read them; above, it is closed with 4001. */
  readonly maxBuffered?: number;
  /** Messages that may wait for the application before its socket is paused. */
  readonly maxWaiting?: number;
}

export interface WebSocketService {
  /** The listener: `server.on('upgrade', service.handleUpgrade)`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Whether a route matches; for servers that share `upgrade` with others. */
  readonly matches: (request: IncomingMessage) => boolean;
  /** Connections that are not over yet. */
  readonly size: number;
  /**
   * Admits no more, closes all with 1001, and resolves when they are over; those that are not
   * after `deadline` (by default `closeTimeout`) are dropped.
   */
  readonly close: (deadline?: number) => Promise<void>;
}

const DEFAULTS = {
  admit: () => undefined,
  pace: () => () => true,
  onError: (error: unknown) => console.error(error),
  handshakeTimeout: 5_000,
  closeTimeout: 5_000,
  pingInterval: 30_000,
  maxPayload: 64 * 1024,
  maxBuffered: 1024 * 1024,
  maxWaiting: 16,
} satisfies Required<ServeOptions>;

/**
 * Serves an application on the upgrades of an `http.Server`, by way of the `ws` library
 * (RFC 6455; ASGI www spec v2.5, "WebSocket"). The handshake is completed only when the application
 * accepts; every refusal before is an HTTP status with a problem (RFC 9457).
 */
export function serveWebSocket(
  application: Application,
  options: ServeOptions = {},
): WebSocketService {
  const settings: Required<ServeOptions> = { ...DEFAULTS, ...options };
  const connections = new Set<Connection>();
  const empty = Promise.withResolvers<void>();
  const shared = {
    ...settings,
    outbox: new Outbox(),
    onError(error: unknown, scope: Scope) {
      if (!isNotFound(error)) settings.onError(error, scope);
    },
    onOver(connection: Connection) {
      connections.delete(connection);
      if (closing && connections.size === 0) empty.resolve();
    },
  };
  const subprotocols = new WeakMap<IncomingMessage, string>();
  // Not a literal in the call: the types of ws 8.18 do not know closeTimeout.
  const handshake = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: settings.maxPayload,
    closeTimeout: settings.closeTimeout,
    handleProtocols: (_offered: Set<string>, request: IncomingMessage) =>
      subprotocols.get(request) ?? false,
  };
  const handshaker = new WebSocketServer(handshake);
  const heartbeat = setInterval(() => {
    for (const connection of connections) connection.probe();
  }, settings.pingInterval).unref();
  let closing: Promise<void> | undefined;

  function handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const found = closing ? STOPPING : (handshakeProblem(request) ?? find(application, request));
    if ('status' in found) return refuse(socket, found);
    const refusal = settings.admit(request);
    if (refusal) return refuse(socket, refusal);
    if (head.length > 0) socket.unshift(head);
    const upgrade = { socket, open: opener(request, socket), pace: settings.pace(request) };
    connections.add(new Connection(found, upgrade, shared));
  }

  /** A function of its own, so that nothing which lives as long as a connection holds its request. */
  function opener(request: IncomingMessage, socket: Duplex): Upgrade['open'] {
    return (subprotocol) => {
      if (subprotocol !== undefined) subprotocols.set(request, subprotocol);
      let opened: WebSocket | undefined;
      handshaker.handleUpgrade(request, socket, Buffer.alloc(0), (ws) => (opened = ws));
      return opened;
    };
  }

  async function drain(deadline: number) {
    clearInterval(heartbeat);
    await nothingDue(deadline / 8); // what was sent to them is still to reach them
    for (const connection of connections) connection.stop();
    if (connections.size === 0) return;
    const late = setTimeout(() => {
      for (const connection of connections) connection.terminate();
      empty.resolve();
    }, deadline);
    await empty.promise;
    clearTimeout(late);
  }

  return {
    handleUpgrade,
    matches: (request) => !('status' in find(application, request)),
    get size() {
      return connections.size;
    },
    close: (deadline = settings.closeTimeout) => (closing ??= drain(deadline)),
  };
}

/** The application that a request asks for, or why there is none. */
function find(application: Application, request: IncomingMessage): Match | Refusal {
  const scope = scopeOf(request);
  if ('status' in scope) return scope;
  try {
    return resolve(application, scope);
  } catch (error) {
    if (isNotFound(error)) return NOT_FOUND;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof NoRouteError || error instanceof UnknownProtocolError;
}
