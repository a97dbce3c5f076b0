import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CrowdTransport } from '../../src/protocol/crowd.ts';
import { eventStreamParser } from '../../src/protocol/event-stream.ts';
import { type Message, parseMessage, parseReading } from '../../src/protocol/message.ts';
import { isRecord, parseJson } from '../../src/protocol/parse.ts';

/** ms after which a reader that failed tries again: it is on the server's own machine. */
const AGAIN = 500;
/** Messages by whose id a reader knows that it has had them. */
const REMEMBERED = 1_000;
/** ms after which a request that nothing came of counts as failed. */
const PATIENCE = 35_000;

interface Options {
  /** Where the server answers; with a path where it is behind another. */
  url: string;
  room: string;
  interval: number;
  wait: number;
  /** What is added to each address; see `tagIn`. */
  tag: string | undefined;
  /** Told each message that comes for the first time, and how long it took, in ms; undefined for one that was said before this reader came. */
  onMessage: (message: Message, delay: number | undefined) => void;
}

/**
 * A reader of a room that has nothing of the page's code: `fetch` and `WebSocket` of Node, in the
 * contract's words. It goes on from its cursor when it was cut off, until it is closed.
 */
export class PlainReader {
  open = false;
  /** Messages had, each once. */
  delivered = 0;
  missed = 0;
  repeated = 0;
  requests = 0;
  interval: number;
  wait: number;
  readonly #options: Options;
  readonly #closing = new AbortController();
  readonly #had = new Set<string>();
  /** 128 random bits: the server makes a reader of it when it is asked with a cursor. */
  readonly #reader = randomBytes(16).toString('hex');
  #after = '0';
  /** When it was open first. */
  #since = Infinity;

  constructor(transport: CrowdTransport, options: Options) {
    this.#options = options;
    this.interval = options.interval;
    this.wait = options.wait;
    void this.#run(
      {
        polling: () => this.#poll(),
        'long-polling': () => this.#hold(),
        'server-sent-events': () => this.#stream(),
        websocket: () => this.#socket(),
      }[transport],
    );
  }

  close(): void {
    this.#closing.abort();
    this.open = false;
  }

  /** Does one exchange after the other; waits a little after one that failed. */
  async #run(exchange: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await exchange();
      } catch {
        this.open = false;
        await pause(AGAIN, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #poll(): Promise<void> {
    const next = pause(this.interval, undefined, { signal: this.#closing.signal });
    next.catch(() => undefined);
    await this.#read(`/live/polling/rooms/${this.#options.room}/messages?after=${this.#after}`);
    await next;
  }

  async #hold(): Promise<void> {
    const path = `/live/long-polling/rooms/${this.#options.room}/readers/${this.#reader}/messages`;
    // The first answer comes at once: until then it is not known whether it is there.
    const wait = this.open ? this.wait : 0;
    await this.#read(`${path}?after=${this.#after}&wait=${wait}`);
  }

  async #read(path: string): Promise<void> {
    const response = await this.#fetch(path);
    const reading = parseReading(await response.json());
    if (!reading.ok) throw new Error(reading.detail);
    this.#opens();
    const { after, messages, skipped } = reading.value;
    this.missed += skipped ?? 0;
    for (const message of messages) this.#hear(message);
    this.#after = after;
  }

  async #stream(): Promise<void> {
    const path = `/live/server-sent-events/rooms/${this.#options.room}/messages`;
    const response = await this.#fetch(`${path}?after=${this.#after}`, false);
    if (!response.body) throw new Error('A stream has a body.');
    this.#opens();
    const parser = eventStreamParser();
    for await (const text of response.body.pipeThrough(new TextDecoderStream()))
      for (const { type, data, lastEventId } of parser.push(text)) {
        if (type === 'skipped') this.missed += Number(data) || 0;
        const message = parseMessage(parseJson(data));
        if (type !== 'message' || !message.ok) continue;
        this.#after = lastEventId || message.value.id;
        this.#hear(message.value);
      }
    throw new Error('The stream has ended.');
  }

  async #socket(): Promise<void> {
    const path = `/live/channel-layer/room/${this.#options.room}/?after=${this.#after}`;
    this.requests += 1;
    const socket = new WebSocket(this.#address(path).replace(/^http/, 'ws'));
    const over = Promise.withResolvers<void>();
    const end = () => socket.close();
    this.#closing.signal.addEventListener('abort', end, { once: true });
    socket.onopen = () => this.#opens();
    socket.onclose = () => over.reject(new Error('The socket is closed.'));
    socket.onerror = () => undefined; // it closes too
    socket.onmessage = ({ data }) => {
      const json = parseJson(String(data));
      const message = parseMessage(json);
      if (message.ok) {
        this.#after = message.value.id;
        this.#hear(message.value);
      } else if (isRecord(json) && typeof json['after'] === 'string') {
        this.#after = json['after'];
        this.missed += Number(json['skipped']) || 0;
      }
    };
    await over.promise.finally(() => this.#closing.signal.removeEventListener('abort', end));
  }

  async #fetch(path: string, isSoonOver = true): Promise<Response> {
    this.requests += 1;
    const late = isSoonOver ? [AbortSignal.timeout(PATIENCE)] : [];
    const signal = AbortSignal.any([this.#closing.signal, ...late]);
    const response = await fetch(this.#address(path), { signal });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new Error(`The server answered ${response.status}.`);
  }

  #address(path: string): string {
    const { url, tag } = this.#options;
    return url + path + (tag === undefined ? '' : `&as=${tag}.${this.requests}`);
  }

  #opens(): void {
    this.open = true;
    this.#since = Math.min(this.#since, Date.now());
  }

  #hear(message: Message): void {
    if (this.#had.has(message.id)) {
      this.repeated += 1;
      return;
    }
    this.#had.add(message.id);
    for (const oldest of this.#had) {
      if (this.#had.size <= REMEMBERED) break;
      this.#had.delete(oldest);
    }
    this.delivered += 1;
    // One machine has one clock; both ends give it in whole ms.
    const isEarlier = message.at < this.#since;
    this.#options.onMessage(message, isEarlier ? undefined : Math.max(0, Date.now() - message.at));
  }
}
