import { parseMessage } from '../protocol/message.ts';
import { isRecord, parseJson } from '../protocol/parse.ts';
import { parseProblem } from '../protocol/problem.ts';
import { backoff } from './backoff.ts';
import { Exchanges } from './exchanges.ts';
import { pageClock, Transport } from './transport.ts';

export interface WebSocketTransportOptions {
  /** Who sends. */
  sender: string;
  /** Numbers its exchanges; see Exchanges. */
  exchanges?: Exchanges;
  /** The cursor to go on from; without, from now on. */
  after?: string | undefined;
  /** More of the query. */
  query?: Readonly<Record<string, string>>;
  /** ms to wait before a retry, by how many have failed in a row; see backoff. */
  retry?: (tries: number) => number;
}

/** WebSocket over the channel layer, with what the browser's own lacks: it comes back. */
export class WebSocketTransport extends Transport {
  readonly sender: string;
  readonly #retry: (tries: number) => number;
  readonly #query: Readonly<Record<string, string>>;
  #socket: WebSocket | undefined;
  #after: string | undefined;
  #failures = 0;
  readonly #exchanges: Exchanges;
  /** The socket that is being opened, or is open. */
  #exchange = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param url a room's group: `ws://…/live/channel-layer/room/{room}/` */
  constructor(
    url: string,
    { sender, after, query = {}, retry = backoff, ...options }: WebSocketTransportOptions,
  ) {
    super(url);
    this.#exchanges = options.exchanges ?? new Exchanges();
    this.sender = sender;
    this.#after = after;
    this.#query = query;
    this.#retry = retry;
    // Whoever listens has to be told of the first request too.
    queueMicrotask(() => this.#connect());
  }

  /** The cursor of what has been delivered; undefined before the server told it. */
  override get after(): string | undefined {
    return this.#after;
  }

  /** Tries again now where it would wait. */
  override wake(): void {
    if (this.#timer !== undefined) this.#connect();
  }

  /** Hands a text over. Nobody answers it: what the server refuses comes as `refused`. */
  async send(text: string): Promise<void> {
    this.mustBeOpen();
    this.#socket?.send(JSON.stringify({ sender: this.sender, text }));
    this.tell('traffic', { kind: 'sent', exchange: this.#exchange, at: pageClock(), text });
  }

  // #region connect
  #connect(): void {
    if (this.readyState >= Transport.CLOSING) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const exchange = this.#exchanges.next();
    this.#exchange = exchange;
    const query = new URLSearchParams(this.#query);
    if (this.#after !== undefined) query.set('after', this.#after);
    const address = query.size ? `${this.url}?${query}` : this.url;
    const socket = new WebSocket(this.#exchanges.addressOf(address, exchange));
    this.#socket = socket;
    this.tell('traffic', { kind: 'request', exchange, method: 'SOCKET', at: pageClock() });
    socket.onopen = () => {
      this.tell('traffic', { kind: 'opened', exchange, at: pageClock() });
      this.opened();
    };
    socket.onmessage = ({ data }) => this.#hear(exchange, data);
    socket.onclose = () => {
      this.tell('traffic', { kind: 'failure', exchange, at: pageClock() });
      this.#again();
    };
  }

  /** A WebSocket that is over stays over: another one is made, a little later. */
  #again(): void {
    if (this.readyState >= Transport.CLOSING) return;
    this.lost();
    this.#timer = setTimeout(() => this.#connect(), this.#retry(this.#failures++));
  }
  // #endregion

  #hear(exchange: number, data: unknown): void {
    const json = typeof data === 'string' ? parseJson(data) : undefined;
    const message = parseMessage(json);
    if (message.ok) {
      this.#after = message.value.id;
      const at = pageClock();
      this.tell('traffic', { kind: 'arrived', exchange, at, message: message.value });
      return this.deliver([message.value]);
    }
    if (!isRecord(json)) return;
    const problem = parseProblem(json['problem']);
    if (problem) return this.tell('refused', problem);
    const { after, skipped } = json;
    if (typeof after !== 'string') return;
    // The first frame, and another whenever the server has read its log anew.
    this.#after = after;
    this.#failures = 0; // it did not only open: it works
    if (skipped === 0) this.tell('caughtUp');
    else this.tell('skipped', typeof skipped === 'number' ? skipped : null);
  }

  protected release(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    // A browser complains of a socket that is closed before it is open.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(1000);
    else socket?.close(1000);
  }
}
