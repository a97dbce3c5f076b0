import { Exchanges, newTag } from './exchanges.ts';
import { pageClock, Transport, UNKNOWN } from './transport.ts';

export interface TextSocketOptions {
  /** Who it belongs to. */
  sender: string;
  /** Numbers its exchanges; see Exchanges. */
  exchanges?: Exchanges;
  /** Told of each text that leaves, and asked how long one took that came: ms, where it is known. */
  timing?: Timing;
}

/** How long texts take that nobody stamps. */
export interface Timing {
  left: (text: string) => void;
  took: (text: string) => number | undefined;
}

/**
 * A WebSocket and nothing more: texts both ways. They have no ids and no times, and when it is over
 * it stays over, as the browser leaves it.
 */
export class TextSocketTransport extends Transport {
  readonly sender: string;
  override readonly comesBack = false;
  /** The name of this connection, by which the server can be asked what it saw of it. */
  readonly as: string;
  readonly #exchange: number;
  readonly #socket: WebSocket;
  readonly #timing: Timing;
  #received = 0;

  /** @param url an address that begins with `ws:` or `wss:`, or a path of this page's own server */
  constructor(
    url: string,
    { sender, timing = roundTrips(), exchanges = new Exchanges(newTag()) }: TextSocketOptions,
  ) {
    super(url);
    this.sender = sender;
    this.#timing = timing;
    this.#exchange = exchanges.next();
    this.as = `${exchanges.tag}.${this.#exchange}`;
    // #region events
    this.#socket = new WebSocket(exchanges.addressOf(url, this.#exchange));
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }) => this.#hear(String(data));
    this.#socket.onclose = (event) => this.#over(event);
    // #endregion
    queueMicrotask(() => this.#tell('request'));
  }

  // #region send
  /** Hands a text over. */
  async send(text: string): Promise<void> {
    this.mustBeOpen();
    this.#timing.left(text);
    this.#socket.send(text);
    this.tell('traffic', { kind: 'sent', exchange: this.#exchange, at: pageClock(), text });
  }
  // #endregion

  /** Hands bytes over, as a binary message. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.mustBeOpen();
    this.#socket.send(bytes);
    const text = `${bytes.length} B`;
    this.tell('traffic', { kind: 'sent', exchange: this.#exchange, at: pageClock(), text });
  }

  /** Closes it; without a code the close frame is empty. The `close` event tells what came of it. */
  override close(code?: number, reason = ''): void {
    if (this.readyState >= Transport.CLOSING) return;
    const socket = this.#socket;
    const close = () => (code === undefined ? socket.close() : socket.close(code, reason));
    // A browser complains of a socket that is closed before it is open.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = close;
    else close(); // throws for a code that a script may not send
    this.closing();
  }

  #opened(): void {
    this.#tell('opened');
    this.opened();
  }

  #hear(text: string): void {
    const id = `${this.as} ${++this.#received}`;
    const message = { id, sender: '', text, at: UNKNOWN, took: this.#timing.took(text) };
    this.tell('traffic', { kind: 'arrived', exchange: this.#exchange, at: pageClock(), message });
    this.deliver([message]);
  }

  #over({ code, reason, wasClean }: CloseEvent): void {
    this.#tell('failure');
    this.closing();
    this.closed({ code, reason, wasClean });
  }

  #tell(kind: 'request' | 'opened' | 'failure'): void {
    const at = pageClock();
    const exchange = this.#exchange;
    if (kind === 'request') this.tell('traffic', { kind, exchange, method: 'SOCKET', at });
    else this.tell('traffic', { kind, exchange, at });
  }

  protected release(): void {}
}

/** For a server that answers each text with one, in order: from the text to its answer. */
function roundTrips(): Timing {
  const left: number[] = [];
  return {
    left: (text) => {
      if (text !== '') left.push(performance.now());
    },
    took: () => {
      const since = left.shift();
      return since === undefined ? undefined : performance.now() - since;
    },
  };
}
