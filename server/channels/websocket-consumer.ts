import type { Awaitable, ConsumerContext } from './consumer.ts';
import { Consumer } from './consumer.ts';
import { StopConsumer, UsageError } from './errors.ts';
import { FORBIDDEN, type Refusal } from './problem.ts';
import type { ReceiveEvent, Sent, WebSocketScope } from './scope.ts';

/**
 * A consumer of one WebSocket (Channels: `WebsocketConsumer`). Override `connect`, `receive`
 * or `receiveBytes`, and `disconnect`; they run one at a time.
 */
export abstract class WebSocketConsumer extends Consumer {
  override readonly scope: WebSocketScope;
  /** Groups of the layer that are joined before `connect` and left before `disconnect`. */
  readonly groups: readonly string[] = [];

  readonly #joined: string[] = [];
  #connected = false;
  #accepted = false;
  #over = false;
  #ending: { readonly code: number; readonly reason: string } | undefined;

  constructor(context: ConsumerContext) {
    super(context);
    if (context.scope.type !== 'websocket') {
      throw new UsageError(`${new.target.name} speaks WebSocket, not ${context.scope.type}.`);
    }
    this.scope = context.scope;
  }

  /** The client asks for the connection: `accept()` it or `deny()` it, now or a little later. */
  connect(): Awaitable {
    this.accept();
  }

  /** A text message came. By default text is refused with 1003. */
  receive(text: string): Awaitable;
  receive(): Awaitable {
    this.close(1003, 'this server takes no text');
  }

  /** A binary message came. By default binary is refused with 1003. */
  receiveBytes(bytes: Uint8Array): Awaitable;
  receiveBytes(): Awaitable {
    this.close(1003, 'this server takes no binary');
  }

  /**
   * The connection is over; sending does nothing any more. Runs exactly once after `connect`,
   * however it ended. `code` is the close frame's (RFC 6455 §7.4), 1005 for a frame without one,
   * 1006 for none: the peer dropped, or the handshake was never completed.
   */
  disconnect(code: number, reason: string): Awaitable;
  disconnect(): Awaitable {}

  /** Completes the handshake. `subprotocol` must be one of `scope.subprotocols`. */
  accept({ subprotocol }: { readonly subprotocol?: string } = {}): Sent {
    const sent = this.#emit({
      type: 'websocket.accept',
      ...(subprotocol !== undefined && { subprotocol }),
    });
    this.#accepted ||= sent.sent;
    return sent;
  }

  /** Refuses the handshake with an HTTP status, 403 unless `refusal` says otherwise. */
  deny(refusal: Partial<Refusal> = {}): Sent {
    return this.#emit({
      type: 'websocket.http.response',
      refusal: { ...FORBIDDEN, ...refusal },
    });
  }

  /** Sends a message: a string as text, bytes as binary. Before `accept` it throws. */
  send(content: string | Uint8Array): Sent {
    if (typeof content === 'string') return this.#emit({ type: 'websocket.send', text: content });
    return this.#emit({ type: 'websocket.send', bytes: content });
  }

  /**
   * Closes the connection; before `accept` it is `deny()`. `code` is 1000, 1001, 1003, 1007, 1008,
   * 1009, 1011 or 3000–4999, `reason` at most 123 bytes of UTF-8, else it throws a RangeError.
   */
  close(code = 1000, reason = ''): Sent {
    return this.#emit({ type: 'websocket.close', code, reason });
  }

  protected override handle(event: ReceiveEvent): Awaitable {
    switch (event.type) {
      case 'websocket.connect':
        return this.#connect();
      case 'websocket.receive':
        return 'text' in event ? this.receive(event.text) : this.receiveBytes(event.bytes);
      case 'websocket.disconnect':
        this.#ending = event;
        throw new StopConsumer();
      default:
        throw new UsageError(`A WebSocket consumer cannot receive ${event.type}.`);
    }
  }

  protected override async finish(failed: boolean): Promise<void> {
    if (!this.#connected) return;
    if (!failed && !this.#ending) this.close();
    this.#over = true;
    const { code, reason } = this.#ending ?? this.#ownEnding(failed);
    try {
      for (const group of this.#joined) {
        await this.channelLayer.groupDiscard(group, this.channelName);
      }
    } finally {
      await this.disconnect(code, reason);
    }
  }

  async #connect(): Promise<void> {
    this.#connected = true;
    for (const group of this.groups) {
      await this.channelLayer.groupAdd(group, this.channelName);
      this.#joined.push(group);
    }
    await this.connect();
  }

  #ownEnding(failed: boolean) {
    if (!this.#accepted) return { code: 1006, reason: '' };
    return { code: failed ? 1011 : 1000, reason: '' };
  }

  #emit(event: Parameters<Consumer['emit']>[0]): Sent {
    return this.#over ? { sent: false, because: 'closed' } : this.emit(event);
  }
}
