import { parseMessage } from '../protocol/message.ts';
import { parseJson } from '../protocol/parse.ts';
import { parseProblem } from '../protocol/problem.ts';
import type { Exchanges } from './exchanges.ts';
import { HttpTransport } from './http-transport.ts';
import { pageClock } from './transport.ts';

export interface ServerSentEventsOptions {
  /** Who sends. */
  sender: string;
  /** Numbers its exchanges; see Exchanges. */
  exchanges?: Exchanges;
  /** The cursor to go on from; without, from now on. */
  after?: string | undefined;
  /** More of the query; see parseStreamOptions. */
  query?: Readonly<Record<string, string>>;
  /** The class to use: the browser's own, unless given. */
  Source?: new (url: string) => EventSource;
}

/** Server-sent events, shaped like WebSocket: the browser's EventSource listens, POST sends. */
export class ServerSentEventsTransport extends HttpTransport {
  readonly #source: EventSource;
  #after: string | undefined;
  /** The stream that is being asked for, or is open. */
  #stream: number;
  readonly #bears: number;

  // #region listen
  /** @param url a room's messages: `/live/server-sent-events/rooms/{room}/messages` */
  constructor(url: string, options: ServerSentEventsOptions) {
    const { sender, after, query = {}, Source = EventSource } = options;
    super(url, sender, options.exchanges);
    this.#after = after;
    const all = new URLSearchParams(after === undefined ? query : { ...query, after });
    // The browser asks for the same address again and again: all streams bear the first one's number.
    this.#stream = this.exchanges.next();
    this.#bears = this.#stream;
    const address = all.size ? `${url}?${all}` : url;
    this.#source = new Source(this.exchanges.addressOf(address, this.#bears));
    queueMicrotask(() => this.#asks());
    this.#source.onopen = () => this.#opened();
    this.#source.onmessage = (event: MessageEvent<string>) => this.#hear(event);
    this.#source.addEventListener('skipped', ({ data }: MessageEvent<string>) => this.#miss(data));
    this.#source.addEventListener('problem', ({ data }: MessageEvent<string>) => this.#told(data));
    // It comes back by itself, or is closed: then it never does.
    this.#source.onerror = () => (this.#source.readyState === 2 ? this.#ended() : this.#dropped());
  }
  // #endregion

  /** The cursor of the last message; undefined before there was one. */
  override get after(): string | undefined {
    return this.#after;
  }

  #asks(): void {
    const [exchange, bears, at] = [this.#stream, this.#bears, pageClock()];
    this.tell('traffic', { kind: 'request', exchange, bears, method: 'STREAM', at });
  }

  #opened(): void {
    this.tell('traffic', { kind: 'opened', exchange: this.#stream, at: pageClock() });
    this.opened();
  }

  #hear({ data, lastEventId }: MessageEvent<string>): void {
    const message = parseMessage(parseJson(data));
    if (!message.ok) return this.close(4000, message.detail);
    this.#after = lastEventId || message.value.id;
    const at = pageClock();
    this.tell('traffic', { kind: 'arrived', exchange: this.#stream, at, message: message.value });
    this.deliver([message.value]);
  }

  #told(data: string): void {
    const problem = parseProblem(parseJson(data));
    if (problem) this.tell('refused', problem);
  }

  #miss(data: string): void {
    if (data === '0') return this.tell('caughtUp');
    this.tell('skipped', /^\d+$/.test(data) ? Number(data) : null);
  }

  #dropped(): void {
    this.#end();
    this.lost();
    this.#stream = this.exchanges.next();
    this.#asks();
  }

  #ended(): void {
    this.#end();
    this.lost();
    this.close(4000); // it is not told why
  }

  #end(): void {
    this.tell('traffic', { kind: 'failure', exchange: this.#stream, at: pageClock() });
  }

  protected release(): void {
    this.abort.abort();
    this.#source.close();
  }
}
