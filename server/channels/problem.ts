import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why a request is refused: the members of a problem (RFC 9457 §3.1) and its headers. */
export interface Refusal {
  /** An HTTP status, 400–599. */
  readonly status: number;
  /** A URI reference, stable, by which a program knows the problem; `about:blank` without. */
  readonly type?: string;
  /** The status's own phrase without. */
  readonly title?: string;
  /** A sentence that says what to do. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The application says no. */
export const FORBIDDEN: Refusal = {
  status: 403,
  detail: 'The application refuses this connection.',
};

/** No route matches. */
export const NOT_FOUND: Refusal = {
  status: 404,
  detail: 'No WebSocket is served at this path. Check the path.',
};

/** What the application needs cannot be reached. */
export const AWAY: Refusal = {
  status: 503,
  detail: 'What this needs cannot be reached just now. Try again in a moment.',
  headers: { 'Retry-After': '1' },
};

/** The application failed before it answered. */
export const FAILED: Refusal = {
  status: 500,
  detail: 'The application failed. Try again later.',
};

/**
 * Answers an upgrade request with HTTP `status` and an `application/problem+json` body
 * (RFC 9457, RFC 6455 §4.2.2), then closes the socket.
 * Throws a RangeError for a status that refuses nothing.
 */
export function refuse(socket: Duplex, refusal: Refusal): void {
  const { status, detail, headers = {} } = refusal;
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new RangeError(`HTTP ${status} refuses nothing. Give a status from 400 to 599.`);
  }
  const phrase = STATUS_CODES[status] ?? 'Refused';
  const { type = 'about:blank', title = phrase } = refusal;
  const body = JSON.stringify({ type, title, status, detail });
  const lines = [`HTTP/1.1 ${status} ${phrase}`];
  const fields = {
    ...headers,
    Connection: 'close',
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  for (const [name, value] of Object.entries(fields)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    lines.push(`${name}: ${value}`);
  }
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
