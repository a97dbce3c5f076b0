import type { Message } from '../protocol/message.ts';
import type { Problem } from '../protocol/problem.ts';

/**
 * What went on below the messages: enough to count it. Times are ms of this page's clock. An
 * exchange is a request and its answer, a stream or a socket; the last two are `opened`, carry
 * messages both or one way, and end with a `response` or a `failure`, as a request does.
 */
export type Traffic =
  /** `bears` is the number in its address, where that is another one's. */
  | { kind: 'request'; exchange: number; bears?: number; method: Method; at: number }
  | { kind: 'opened'; exchange: number; at: number }
  | { kind: 'arrived'; exchange: number; at: number; message: Message }
  | { kind: 'sent'; exchange: number; at: number; text: string }
  | { kind: 'response'; exchange: number; at: number; status: number; messages: Message[] }
  | { kind: 'failure'; exchange: number; at: number }
  /** It was ended on this side, to ask anew. */
  | { kind: 'cut'; exchange: number; at: number };

/** What an exchange began with: a method of HTTP, a request for a stream, or for a socket. */
export type Method = 'GET' | 'POST' | 'DELETE' | 'STREAM' | 'SOCKET';

/** A message as a page has it: where nobody stamped it, how long it took is known another way, in ms. */
export interface TimedMessage extends Message {
  took?: number | undefined;
}

/** The `at` of a message that no server stamped. */
export const UNKNOWN = -1;

interface TransportEvents {
  open: Event;
  /** One message, in `data`. */
  message: MessageEvent<TimedMessage>;
  /** Something failed and is tried again: `detail` is the reader's sentence or the problem. */
  error: CustomEvent<Problem | undefined>;
  /** The server says what it cannot do just now, beside the messages: a send that nobody answers, a log out of reach. */
  refused: CustomEvent<Problem>;
  /** The server says that nothing is missing up to here. */
  caughtUp: CustomEvent<undefined>;
  /** Messages were lost before this reader came to them; `null`: it is not known how many. */
  skipped: CustomEvent<number | null>;
  traffic: CustomEvent<Traffic>;
  close: CloseEvent;
}

/** Thrown by `send` when the server refused the message. */
export class SendError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** ms since the epoch, finer than `Date.now()`. */
export const pageClock = () => performance.timeOrigin + performance.now();

/**
 * A transport has the shape of `WebSocket` (WHATWG WebSockets §3.1): `readyState`, `send`,
 * `close`, and the events open, message, error, close. It adds what a WebSocket does not say:
 * `send` resolves once the server has accepted the message, and `traffic` tells what crossed.
 */
export abstract class Transport extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  readonly url: string;
  /** Whether it is made again by itself when it was lost. */
  readonly comesBack: boolean = true;
  #readyState: 0 | 1 | 2 | 3 = Transport.CONNECTING;

  constructor(url: string) {
    super();
    this.url = url;
  }

  /** The cursor to go on from, where there is one. */
  get after(): string | undefined {
    return undefined;
  }

  get readyState() {
    return this.#readyState;
  }

  /**
   * Sends one text. Rejects with InvalidStateError while connecting, as WebSocket throws it; with
   * SendError where the server refused, and TypeError where it was not reached or is closed. Over a
   * socket nobody answers: it resolves when the text is handed over, and `refused` may follow.
   */
  abstract send(text: string): Promise<void>;

  /** Told that the page is looked at again, after the browser may have slowed its timers. */
  wake(): void {}

  /** Ends it for good. Code and reason as in RFC 6455 §7.4; nothing is delivered afterwards. */
  close(code = 1000, reason = ''): void {
    if (!this.closing()) return;
    this.release();
    queueMicrotask(() => this.closed({ code, reason, wasClean: code === 1000 }));
  }

  override addEventListener<Type extends keyof TransportEvents>(
    type: Type,
    listener: (event: TransportEvents[Type]) => void,
    options?: AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener as EventListener, options);
  }

  /** Lets go of timers and requests: called once, by `close`. */
  protected abstract release(): void;

  /** Throws where nothing can be sent now. */
  protected mustBeOpen(): void {
    if (this.#readyState === Transport.CONNECTING)
      throw new DOMException('Wait for the open event before sending.', 'InvalidStateError');
    if (this.#readyState !== Transport.OPEN) throw new TypeError('This transport is closed.');
  }

  /** Begins to close; false where it had begun before. */
  protected closing(): boolean {
    if (this.#readyState >= Transport.CLOSING) return false;
    this.#readyState = Transport.CLOSING;
    return true;
  }

  protected closed(how: CloseEventInit): void {
    this.#readyState = Transport.CLOSED;
    this.dispatchEvent(new CloseEvent('close', how));
  }

  protected opened(): void {
    if (this.#readyState !== Transport.CONNECTING) return;
    this.#readyState = Transport.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  /** The connection is being made again. */
  protected lost(problem?: Problem): void {
    if (this.#readyState >= Transport.CLOSING) return;
    this.#readyState = Transport.CONNECTING;
    this.dispatchEvent(new CustomEvent('error', { detail: problem }));
  }

  protected deliver(messages: readonly TimedMessage[]): void {
    for (const message of messages) {
      if (this.#readyState >= Transport.CLOSING) return;
      this.dispatchEvent(new MessageEvent('message', { data: message }));
    }
  }

  protected tell(type: 'skipped', detail: number | null): void;
  protected tell(type: 'traffic', detail: Traffic): void;
  protected tell(type: 'refused', detail: Problem): void;
  protected tell(type: 'caughtUp'): void;
  protected tell(type: 'skipped' | 'traffic' | 'refused' | 'caughtUp', detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
