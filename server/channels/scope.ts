import type { Refusal } from './problem.ts';

/**
 * What a connection is, and what is said over it: ASGI's scope and events (ASGI www spec v2.5),
 * with text where ASGI has ASCII bytes and absent keys where ASGI has `None`.
 */
export type Scope = WebSocketScope | HttpScope;

interface ConnectionScope {
  readonly httpVersion: string;
  /** Percent-decoded: `/room/中文/`. */
  readonly path: string;
  /** As it was on the wire, without the query: `/room/%E4%B8%AD%E6%96%87/`. */
  readonly rawPath: string;
  /** What followed `?`, still percent-encoded; `''` when there was none. */
  readonly queryString: string;
  /** In the order of the wire, names in lower case, a repeated name repeated. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly client?: Address;
  readonly server?: Address;
  readonly urlRoute: UrlRoute;
}

/** ASGI www spec v2.5, "WebSocket Connection Scope". */
export interface WebSocketScope extends ConnectionScope {
  readonly type: 'websocket';
  readonly scheme: 'ws' | 'wss';
  /** What the client offers, most wanted first. */
  readonly subprotocols: readonly string[];
}

/** ASGI www spec v2.5, "HTTP Connection Scope". */
export interface HttpScope extends ConnectionScope {
  readonly type: 'http';
  readonly scheme: 'http' | 'https';
  readonly method: string;
}

export type Address = readonly [host: string, port: number];

/** What the routes captured: named groups in `kwargs`, or, where none is named, `args` in order. */
export interface UrlRoute {
  readonly args: readonly string[];
  readonly kwargs: Readonly<Record<string, string>>;
}

/** What an application receives over a WebSocket. */
export type WebSocketReceiveEvent =
  | { readonly type: 'websocket.connect' }
  | { readonly type: 'websocket.receive'; readonly text: string }
  | { readonly type: 'websocket.receive'; readonly bytes: Uint8Array }
  /** `code` is 1005 where the peer gave none and 1006 where no close frame came. */
  | { readonly type: 'websocket.disconnect'; readonly code: number; readonly reason: string };

/** What an application sends over a WebSocket. */
export type WebSocketSendEvent =
  | { readonly type: 'websocket.accept'; readonly subprotocol?: string }
  | { readonly type: 'websocket.send'; readonly text: string }
  | { readonly type: 'websocket.send'; readonly bytes: Uint8Array }
  /** Before `websocket.accept` it refuses the handshake with HTTP 403. */
  | { readonly type: 'websocket.close'; readonly code?: number; readonly reason?: string }
  /** ASGI's "WebSocket Denial Response", in one event. */
  | { readonly type: 'websocket.http.response'; readonly refusal: Refusal };

export type HttpReceiveEvent =
  | { readonly type: 'http.request'; readonly body: Uint8Array; readonly moreBody: boolean }
  | { readonly type: 'http.disconnect' };

export type HttpSendEvent =
  | {
      readonly type: 'http.response.start';
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly type: 'http.response.body'; readonly body: Uint8Array; readonly moreBody: boolean };

export type ReceiveEvent = WebSocketReceiveEvent | HttpReceiveEvent;
export type SendEvent = WebSocketSendEvent | HttpSendEvent;

/** Whether an event left. A connection that is over takes nothing, which is no error. */
export type Sent = { readonly sent: true } | { readonly sent: false; readonly because: 'closed' };

export type Receive = () => Promise<ReceiveEvent>;

/** Returns at once: a peer that reads too slowly is closed, never waited for. */
export type Send = (event: SendEvent) => Sent;

/**
 * ASGI's single callable: lives one connection, from its first event to its last.
 * It rejects when it fails; whoever runs it then ends the connection.
 */
export type Application = (scope: Scope, receive: Receive, send: Send) => Promise<void>;
