import { NoRouteError, RedisAway, UnknownProtocolError, UsageError } from './errors.ts';
import { Mailbox } from './mailbox.ts';
import { AWAY, FAILED, FORBIDDEN, NOT_FOUND, type Refusal } from './problem.ts';
import type {
  Application,
  ReceiveEvent,
  Scope,
  SendEvent,
  Sent,
  WebSocketReceiveEvent,
} from './scope.ts';
import { breath } from './turns.ts';

const SENT: Sent = Object.freeze({ sent: true });
const CLOSED: Sent = Object.freeze({ sent: false, because: 'closed' });

/** What a server may put into a close frame: RFC 6455 §7.4.1, and §7.4.2 for 3000–4999. */
const SERVER_CODES: ReadonlySet<number> = new Set([1000, 1001, 1003, 1007, 1008, 1009, 1011]);

/** A close frame's payload is 125 bytes, two of them the code (RFC 6455 §5.5). */
const REASON_BYTES = 123;

/** The peer's side of a conversation: a real socket, or a test's `WebSocketCommunicator`. */
export interface Transport {
  /** Completes the handshake; false when the peer is gone. */
  accept(subprotocol?: string): boolean;
  /** Answers the handshake with an HTTP status instead. */
  refuse(refusal: Refusal): void;
  /** False when the peer takes nothing more. */
  write(content: string | Uint8Array): boolean;
  close(code: number, reason: string): void;
  /** Stops and starts reading from the peer. */
  pause(): void;
  resume(): void;
}

/**
 * One WebSocket connection as ASGI sees it (www spec v2.5, "WebSocket"), without any I/O:
 * connecting, then open, then closed, and never back. The first reason to end is the one that
 * the application hears of, in a single `websocket.disconnect`.
 */
export class Conversation {
  readonly #transport: Transport;
  readonly #offered: readonly string[];
  readonly #maxWaiting: number;
  readonly #inbox = new Mailbox<WebSocketReceiveEvent>();
  #phase: 'connecting' | 'open' | 'closed' = 'connecting';

  /** Above `maxWaiting` messages that the application has not taken, the peer is paused. */
  constructor(transport: Transport, subprotocols: readonly string[] = [], maxWaiting = 16) {
    this.#transport = transport;
    this.#offered = subprotocols;
    this.#maxWaiting = maxWaiting;
  }

  get phase(): 'connecting' | 'open' | 'closed' {
    return this.#phase;
  }

  /** Whether the application waits for the peer's next event. */
  get awaited(): boolean {
    return this.#inbox.awaited;
  }

  /** Says `websocket.connect` and lives the connection; rejects with the application's failure. */
  run(application: Application, scope: Scope): Promise<void> {
    this.#inbox.put({ type: 'websocket.connect' });
    // Not awaited: a function that is suspended for as long as a connection lives is kept that long.
    return Promise.try(application, scope, this.#receive, this.#send).then(
      () => this.#returned(),
      (error: unknown) => this.#failed(error),
    );
  }

  /** The peer sent a message. */
  message(content: string | Uint8Array): void {
    if (this.#phase !== 'open') return;
    this.#inbox.put(
      typeof content === 'string'
        ? { type: 'websocket.receive', text: content }
        : { type: 'websocket.receive', bytes: content },
    );
    if (this.#inbox.size >= this.#maxWaiting) this.#transport.pause();
  }

  /** The peer is gone; what it had sent before is still delivered. */
  left(code: number, reason: string): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#inbox.end({ type: 'websocket.disconnect', code, reason });
  }

  /** The transport has broken by itself; what waits is dropped. */
  lost(code: number, reason: string): void {
    if (this.#phase === 'closed') return;
    this.#inbox.clear();
    this.left(code, reason);
  }

  /** Ends an open connection with a close frame; else it does nothing. */
  close(code: number, reason: string): void {
    if (this.#phase !== 'open') return;
    this.lost(code, reason);
    this.#transport.close(code, reason);
  }

  /** Ends the handshake with an HTTP status; after it, it does nothing. */
  refuse(refusal: Refusal): void {
    if (this.#phase !== 'connecting') return;
    this.lost(1006, '');
    this.#transport.refuse(refusal);
  }

  readonly #receive = (): Promise<ReceiveEvent> => {
    if (this.#phase === 'connecting' || this.#inbox.size === 0) return this.#take();
    // What one peer sends at once may be work for many.
    return breath().then(() => this.#take());
  };

  #take(): Promise<ReceiveEvent> {
    const event = this.#inbox.take();
    if (this.#inbox.size === 0) this.#transport.resume();
    return event;
  }

  #returned(): void {
    if (this.#phase !== 'connecting') return this.close(1000, '');
    this.#failed(new UsageError('The application returned without accept() or deny(): call one.'));
  }

  #failed(error: unknown): never {
    this.close(1011, '');
    this.refuse(refusalOf(error));
    throw error;
  }

  readonly #send = (event: SendEvent): Sent => {
    if (this.#phase === 'closed') return CLOSED;
    switch (event.type) {
      case 'websocket.accept':
        return this.#accept(event.subprotocol);
      case 'websocket.http.response':
        if (this.#phase === 'open') {
          throw new UsageError('deny() came after accept(). Now it is open: use close(code).');
        }
        this.refuse(event.refusal);
        return SENT;
      case 'websocket.send':
        if (this.#phase === 'connecting') {
          throw new UsageError('send() came before accept(). Call accept() first.');
        }
        return this.#transport.write('text' in event ? event.text : event.bytes) ? SENT : CLOSED;
      case 'websocket.close': {
        const { code = 1000, reason = '' } = event;
        checkClose(code, reason);
        this.close(code, reason);
        this.refuse(FORBIDDEN);
        return SENT;
      }
      default:
        throw new UsageError(`A WebSocket cannot send ${event.type}. Send a websocket.… event.`);
    }
  };

  #accept(subprotocol: string | undefined): Sent {
    if (this.#phase === 'open') throw new UsageError('accept() came twice. Call it once.');
    if (subprotocol !== undefined && !this.#offered.includes(subprotocol)) {
      throw new UsageError(
        `The client did not offer the subprotocol ${JSON.stringify(subprotocol)}. ` +
          'Choose one of scope.subprotocols, or none.',
      );
    }
    this.#phase = 'open';
    if (this.#transport.accept(subprotocol)) return SENT;
    this.lost(1006, '');
    return CLOSED;
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof NoRouteError || error instanceof UnknownProtocolError) return NOT_FOUND;
  return error instanceof RedisAway ? AWAY : FAILED;
}

/** Throws a RangeError unless a server may close with `code` and `reason` (RFC 6455 §7.4). */
function checkClose(code: number, reason: string): void {
  const own = Number.isInteger(code) && code >= 3000 && code <= 4999;
  if (!own && !SERVER_CODES.has(code)) {
    throw new RangeError(
      `A server cannot close with ${code}. Use ${[...SERVER_CODES].join(', ')} or 3000–4999.`,
    );
  }
  const bytes = Buffer.byteLength(reason);
  if (bytes > REASON_BYTES) {
    throw new RangeError(
      `A close reason holds ${REASON_BYTES} bytes of UTF-8, this one has ${bytes}. Shorten it.`,
    );
  }
}
