import { parseReading, type Reading } from '../protocol/message.ts';
import type { Problem } from '../protocol/problem.ts';
import { backoff } from './backoff.ts';
import { type Answer, forGood } from './exchange.ts';
import type { Exchanges } from './exchanges.ts';
import { HttpTransport } from './http-transport.ts';

export interface PollingOptions {
  /** Who sends. */
  sender: string;
  /** Numbers its exchanges; see Exchanges. */
  exchanges?: Exchanges;
  /** ms from one question to the next. */
  interval: number;
  /** Where in the room's log to begin; "0", the start, unless given. */
  after?: string;
  /** Asks from the start every time, as a client does that remembers nothing. */
  forgetful?: boolean;
  /** ms to wait before a retry, by how many have failed in a row; see backoff. */
  retry?: (tries: number) => number;
  /** ms after which a question that was not answered counts as failed. */
  patience?: number;
}

/** Polling, shaped like WebSocket: asks `GET url?after=` again and again. */
export class PollingTransport extends HttpTransport {
  /** Asks from the start every time while true. */
  forgetful: boolean;
  readonly #patience: number;
  readonly #retry: (tries: number) => number;
  #interval: number;
  #after: string;
  #failures = 0;
  #retryAfter = 0;
  #asking = false;
  #askedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param url a room's messages: `/live/polling/rooms/{room}/messages` */
  constructor(url: string, options: PollingOptions) {
    const { sender, interval, after = '0', forgetful = false, retry = backoff } = options;
    const { patience = 10_000 } = options;
    super(url, sender, options.exchanges);
    this.#retry = retry;
    this.#patience = patience;
    this.forgetful = forgetful;
    this.#interval = interval;
    this.#after = after;
    this.#schedule();
  }

  /** The cursor of what has been delivered: a new transport given it as `after` goes on from here. */
  override get after(): string {
    return this.#after;
  }

  /** ms from one question to the next; a change counts from the last question. */
  get interval(): number {
    return this.#interval;
  }
  set interval(ms: number) {
    this.#interval = ms;
    this.#schedule();
  }

  /** Asks now, not when the interval is over. */
  override wake(): void {
    clearTimeout(this.#timer);
    void this.#poll();
  }

  // #region poll
  async #poll(): Promise<void> {
    if (this.#asking || this.abort.signal.aborted) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    const after = this.forgetful ? '0' : this.#after;
    try {
      const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(this.#patience)]);
      const init = { method: 'GET' as const, signal };
      const answer = await this.exchange(
        `${this.url}?after=${encodeURIComponent(after)}`,
        init,
        parseReading,
      );
      if (answer.ok) this.#read(answer.value);
      else this.#refused(answer);
    } catch {
      this.#retryAfter = 0;
      this.#failed();
    }
    this.#asking = false;
    this.#schedule();
  }

  #read({ messages, after, skipped }: Reading): void {
    this.#failures = 0;
    this.#after = after;
    this.opened();
    if (skipped !== 0) this.tell('skipped', skipped);
    this.deliver(messages);
  }
  // #endregion

  #refused({ status, problem, retryAfter }: Answer<Reading> & { ok: false }): void {
    this.#retryAfter = retryAfter;
    this.#failed(problem);
    if (forGood(status)) this.close(4000, problem.title);
  }

  #failed(problem?: Problem): void {
    this.#failures += 1;
    this.lost(problem);
  }

  /** The next question: an interval after the last one began, or later while the server is away. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#asking || this.abort.signal.aborted) return;
    const rest = this.#askedAt + this.#interval - performance.now();
    const pause = this.#failures ? Math.max(this.#retry(this.#failures - 1), this.#retryAfter) : 0;
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, rest, pause));
  }

  protected release(): void {
    clearTimeout(this.#timer);
    this.abort.abort();
  }
}
