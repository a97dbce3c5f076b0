import { Agent, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'http-proxy-3';
import { CONNECT, eitherLoopback } from './reach.ts';

/** ms in which a member must answer a handshake: more than the 5 s after which it does so anyhow. */
const ANSWER = 8_000;
/** ms for which nothing may move, neither way: longer than any heartbeat, ping or held poll. */
const QUIET = 75_000;
/** ms in which a client must take the last bytes of a WebSocket whose member is gone. */
const LAST_BYTES = 1_500;

/**
 * A port of this machine, and the process that listens there. Without one it is somebody's own
 * server: at whichever of the machine's loopback addresses, and what it answers may be anything.
 */
export interface Target {
  port: number;
  pid?: number;
}

/** What is passed on beside the request itself. */
export interface Passing {
  target: Target;
  /** Headers that it is to see instead of those that came. */
  headers: Record<string, string>;
  /** Called when no answer came: nobody took the connection, or it was broken off. */
  onAway: (why: 'away' | 'broke-off') => void;
}

/** Passes requests and upgrades on to processes of this machine, as they are, unbuffered. */
export interface PortProxy {
  web(request: IncomingMessage, response: ServerResponse, passing: Passing): void;
  /** When the member's end is gone, the socket ends too. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passing: Passing): void;
  /** Ends the sockets of a process that is no more. */
  drop(pid: number): void;
}

export function portProxy(answer = ANSWER): PortProxy {
  const proxy = createProxyServer({ connectTimeout: CONNECT, proxyTimeout: QUIET });
  // Sockets that fail close after it: what is to be done then is done on "close".
  proxy.on('error', () => undefined);
  proxy.on('proxyRes', (answer, _request, response) => passAnswer(answer, response));
  proxy.on('proxyReqWs', (asked, _request, socket) => joinEnds(asked, socket, answer));
  /** The clients' ends of WebSockets, for each process. */
  const open = new Map<number, Set<Duplex>>();
  const keep = (socket: Duplex, pid: number) => {
    const sockets = open.get(pid) ?? new Set();
    open.set(pid, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) open.delete(pid);
    });
  };
  return {
    web(request, response, { target, headers, onAway }) {
      if (target.pid === undefined) foreign.add(response);
      // One request a connection: what a client says of its own could keep this one open, and more
      // than one request would then be read from what it sends.
      const own = { ...headers, connection: 'close' };
      proxy.web(request, response, { ...addressOf(target), headers: own }, (error) => {
        if (response.headersSent || response.destroyed) response.destroy();
        else onAway(whyOf(error));
      });
    },
    upgrade(request, socket, head, { target, headers, onAway }) {
      if (target.pid !== undefined) keep(socket, target.pid);
      proxy.ws(request, socket, head, { ...addressOf(target), headers }, (error) => {
        if (!joined.has(socket) && socket.writable) onAway(whyOf(error));
      });
    },
    drop(pid) {
      for (const socket of open.get(pid) ?? []) destroyLater(socket);
    },
  };
}

/** Whether a connection was taken before it came to this. */
const whyOf = (error: NodeJS.ErrnoException) =>
  ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') || error.code?.startsWith('HPE_')
    ? 'broke-off'
    : 'away';

const eitherAddress = new Agent({ autoSelectFamily: true, lookup: eitherLoopback });

const addressOf = ({ port, pid }: Target) =>
  pid === undefined
    ? { target: { host: 'localhost', port }, agent: eitherAddress }
    : { target: { host: '127.0.0.1', port } };

/** Answers that come from servers that are not ours. */
const foreign = new WeakSet<ServerResponse>();

/** The client's ends of WebSockets that a member has accepted. */
const joined = new WeakSet<Duplex>();

/** The headers of this hop are our own (RFC 9110 §7.6.1); an answer that breaks off breaks off. */
function passAnswer(answer: IncomingMessage, response: ServerResponse): void {
  delete answer.headers.connection;
  delete answer.headers['keep-alive'];
  if (foreign.has(response)) {
    // Opened as a page, it would be one of this origin: it may do nothing then.
    answer.headers['content-security-policy'] = "default-src 'none'; sandbox";
    answer.headers['x-content-type-options'] = 'nosniff';
    delete answer.headers['set-cookie'];
  }
  answer.once('close', () => {
    if (!answer.complete) response.destroy();
  });
}

/** When one end of a WebSocket is gone, the other does not outlive it. */
function joinEnds(asked: ClientRequest, socket: Socket, answer: number): void {
  const late = setTimeout(() => asked.destroy(), answer);
  asked.once('close', () => clearTimeout(late));
  socket.setTimeout(QUIET, () => socket.destroy());
  socket.once('close', () => asked.destroy());
  asked.once('upgrade', (_answer, member) => {
    clearTimeout(late);
    joined.add(socket);
    socket.once('close', () => member.destroySoon());
    member.once('close', () => {
      socket.destroySoon();
      destroyLater(socket);
    });
    if (socket.destroyed) member.destroy();
  });
}

/** A client that reads gets the last bytes. One that does not is what hides a member's end from us. */
function destroyLater(socket: Duplex): void {
  const late = setTimeout(() => socket.destroy(), LAST_BYTES);
  socket.once('close', () => clearTimeout(late));
}
