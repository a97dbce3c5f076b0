import { parseReading, type Reading } from '../protocol/message.ts';
import { good } from '../protocol/parse.ts';
import { type Problem, problemType } from '../protocol/problem.ts';
import { parseNewReader } from '../protocol/reader.ts';
import { backoff } from './backoff.ts';
import { type Answer, forGood } from './exchange.ts';
import type { Exchanges } from './exchanges.ts';
import { CUT_SHORT, HttpTransport } from './http-transport.ts';
import { Transport } from './transport.ts';

export interface LongPollingOptions {
  /** Who sends. */
  sender: string;
  /** Numbers its exchanges; see Exchanges. */
  exchanges?: Exchanges;
  /** Seconds that the server may hold a question; 20 unless given, at most 25. */
  wait?: number;
  /** The cursor to go on from; without, from now on. */
  after?: string | undefined;
  /** Asks without a reader of its own, so that nothing is kept for it between two questions. */
  queueless?: boolean;
  /** ms to wait before a retry, by how many have failed in a row; see backoff. */
  retry?: (tries: number) => number;
}

/** ms that an answer may take beyond the time that the server may hold it. */
const PATIENCE = 10_000;

/** Long polling, shaped like WebSocket: asks, is held, is answered, and asks again. */
export class LongPollingTransport extends HttpTransport {
  /** Asks without a reader of its own while true. */
  queueless: boolean;
  readonly #room: string;
  readonly #retry: (tries: number) => number;
  #wait: number;
  #reader: string | undefined;
  #after: string | undefined;
  #failures = 0;
  /** Cuts short what is waited for now: an answer, or the moment of a retry. */
  #again = () => {};

  /** @param room the lesson's address of a room: `/live/long-polling/rooms/{room}` */
  constructor(room: string, options: LongPollingOptions) {
    const { sender, wait = 20, after, queueless = false, retry = backoff } = options;
    super(`${room}/messages`, sender, options.exchanges);
    this.#room = room;
    this.#wait = wait;
    this.queueless = queueless;
    this.#after = after;
    this.#retry = retry;
    // Whoever listens has to be told of the first request too.
    queueMicrotask(() => void this.#loop());
  }

  /** The cursor of what has been delivered; undefined before anything was answered. */
  override get after(): string | undefined {
    return this.#after;
  }

  /** Seconds that the server may hold a question; a change asks anew. */
  get wait(): number {
    return this.#wait;
  }
  set wait(seconds: number) {
    this.#wait = seconds;
    this.#again();
  }

  /** Asks now where it would wait for a retry, or for an answer to a question that may be dead. */
  override wake(): void {
    this.#again();
  }

  // #region loop
  async #loop(): Promise<void> {
    while (this.readyState < Transport.CLOSING) {
      try {
        const answer = await this.#ask();
        if (answer.ok) this.#read(answer.value);
        else await this.#refused(answer);
      } catch (error) {
        if (error !== CUT_SHORT) await this.#failed(); // no answer came
      }
    }
  }

  async #ask(): Promise<Answer<Reading>> {
    if (!this.#reader && !this.queueless) {
      const made = await this.#makeReader();
      if (!made.ok) return made;
    }
    const queue = this.queueless ? this.#room : `${this.#room}/readers/${this.#reader}`;
    // Until it is known that the server is there, it is not to hold the question.
    const wait = this.readyState === Transport.OPEN ? this.#wait : 0;
    const query = new URLSearchParams({ wait: String(wait) });
    if (this.#after !== undefined) query.set('after', this.#after); // I have what came before
    const init = { method: 'GET' as const, signal: this.#signal(wait) };
    return this.exchange(`${queue}/messages?${query}`, init, parseReading);
  }

  #read({ messages, after, skipped }: Reading): void {
    this.#failures = 0;
    this.#after = after;
    this.opened();
    if (skipped !== 0) this.tell('skipped', skipped);
    this.deliver(messages);
  }
  // #endregion

  async #makeReader() {
    const init = { method: 'POST' as const, signal: this.#signal(0) };
    const made = await this.exchange(`${this.#room}/readers`, init, parseMade);
    if (made.ok) {
      this.#reader = made.value.reader;
      this.#after ??= made.value.after;
    }
    return made;
  }

  async #refused({ status, problem, retryAfter }: Answer<unknown> & { ok: false }): Promise<void> {
    const again = [problemType('unknown-reader'), problemType('taken-over')].includes(problem.type);
    if (again) this.#reader = undefined;
    if (!forGood(status) || again) return this.#failed(problem, retryAfter);
    this.lost(problem);
    this.close(4000, problem.title);
  }

  /** Waits for the moment of the next try. */
  async #failed(problem?: Problem, atLeast = 0): Promise<void> {
    this.#failures += 1;
    this.lost(problem);
    const { signal } = this.abort;
    if (signal.aborted) return;
    const pause = Math.max(this.#retry(this.#failures - 1), atLeast);
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, pause);
    this.#again = resolve;
    signal.addEventListener('abort', this.#again);
    await promise;
    signal.removeEventListener('abort', this.#again);
    clearTimeout(timer);
  }

  /** Aborts when the transport closes, when it is to ask anew, or when no answer comes. */
  #signal(wait: number): AbortSignal {
    const again = new AbortController();
    this.#again = () => again.abort(CUT_SHORT);
    const patience = AbortSignal.timeout(wait * 1000 + PATIENCE);
    return AbortSignal.any([this.abort.signal, again.signal, patience]);
  }

  protected release(): void {
    this.abort.abort();
    if (!this.#reader) return;
    const init = { method: 'DELETE', keepalive: true };
    void fetch(`${this.#room}/readers/${this.#reader}`, init).catch(() => undefined);
  }
}

const parseMade = (json: unknown) => {
  const made = parseNewReader(json);
  return made.ok ? good({ ...made.value, messages: [] }) : made;
};
