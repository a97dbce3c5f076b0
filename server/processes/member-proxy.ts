import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyServer } from 'http-proxy-3';

/** ms in which a member must accept a connection. */
const CONNECT = 2_000;
/** ms for which nothing may move, neither way: longer than any heartbeat, ping or held poll. */
const QUIET = 75_000;
/** ms in which a client must take the last bytes of a WebSocket whose member is gone. */
const LAST_BYTES = 2_000;

/** What a member is to be told of a request beside itself. */
type Headers = Record<string, string>;

/** Passes requests and upgrades on to a port of this machine, as they are, unbuffered. */
export interface MemberProxy {
  /** `onAway` is called when the member did not answer; nothing of an answer has been sent then. */
  web(
    request: IncomingMessage,
    response: ServerResponse,
    port: number,
    headers: Headers,
    onAway: () => void,
  ): void;
  /** As `web`; when the member is gone later, the socket ends too. */
  upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    port: number,
    headers: Headers,
    onAway: () => void,
  ): void;
}

export function memberProxy(): MemberProxy {
  const options = { connectTimeout: CONNECT, proxyTimeout: QUIET };
  const proxy = createProxyServer(options);
  // Sockets that fail, after which they close: what is to be done then is done on "close".
  proxy.on('error', () => undefined);
  proxy.on('proxyRes', (answer, _request, response) => passAnswer(answer, response));
  proxy.on('proxyReqWs', (asked, _request, socket) => joinEnds(asked, socket));
  const at = (port: number) => ({ host: '127.0.0.1', port });
  return {
    web(request, response, port, headers, onAway) {
      proxy.web(request, response, { target: at(port), headers }, () => {
        if (response.headersSent || response.destroyed) response.destroy();
        else onAway();
      });
    },
    upgrade(request, socket, head, port, headers, onAway) {
      proxy.ws(request, socket, head, { target: at(port), headers }, () => {
        if (!joined.has(socket) && socket.writable) onAway();
      });
    },
  };
}

/** The client's ends of WebSockets that a member has accepted. */
const joined = new WeakSet<Duplex>();

/** The headers of this hop are our own (RFC 9110 §7.6.1); an answer that breaks off breaks off. */
function passAnswer(answer: IncomingMessage, response: ServerResponse): void {
  delete answer.headers.connection;
  delete answer.headers['keep-alive'];
  answer.once('close', () => {
    if (!answer.complete) response.destroy();
  });
}

/** When one end of a WebSocket is gone, the other does not outlive it. */
function joinEnds(asked: ClientRequest, socket: Socket): void {
  socket.setTimeout(QUIET, () => socket.destroy());
  socket.once('close', () => asked.destroy());
  asked.once('upgrade', (_answer, member) => {
    joined.add(socket);
    socket.once('close', () => member.destroySoon());
    member.once('close', () => {
      socket.destroySoon();
      const late = setTimeout(() => socket.destroy(), LAST_BYTES);
      socket.once('close', () => clearTimeout(late));
    });
    if (socket.destroyed) member.destroy();
  });
}
