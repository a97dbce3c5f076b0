import { SvelteMap } from 'svelte/reactivity';
import type { Message } from '../../protocol/message.ts';
import type { Method, Traffic } from '../../transports/transport.ts';
import type { ServerClock } from '../server-clock.svelte.ts';

/** How many texts are remembered that were sent. */
const REMEMBERED = 100;

/** What a text takes in UTF-8, bytes. */
export const sizeOf = (text: string) => new TextEncoder().encode(text).length;

/** A request, a stream or a socket that is not over. */
interface Pending {
  method: Method;
  /** ms of this page's clock. */
  sentAt: number;
  isOpen: boolean;
  /** How many messages came over it. */
  brought: number;
}

/** What a reader's transports asked, opened and sent, and what of it is not over. */
export class TrafficCounts {
  /** Requests that ask (GET); those whose answer was lost, and those that were answered with nothing. */
  questions = $state(0);
  lost = $state(0);
  empty = $state(0);
  /** The longest that a question waited for an answer with nothing, ms. */
  longestEmpty = $state(0);
  /** Streams or sockets that were opened; how often by a transport that had been connected before. */
  connections = $state(0);
  returns = $state(0);
  /** The most messages that came over a stream or a socket. */
  mostOverOne = $state(0);
  /** Messages that were sent, their UTF-8 bytes, and the last of their texts. */
  sent = $state(0);
  sentBytes = $state(0);
  said = $state.raw<readonly string[]>([]);
  readonly #clock: ServerClock;
  readonly #pending = new SvelteMap<number, Pending>();
  /** Requests, streams and sockets that are not over. */
  open = $derived(this.#pending.size);
  #hasConnected = false;

  constructor(clock: ServerClock) {
    this.#clock = clock;
  }

  /** Another transport is there, which has not been connected yet. */
  begin(): void {
    this.#hasConnected = false;
  }

  /** What was not over is over now. */
  end(): void {
    this.#pending.clear();
  }

  see(traffic: Traffic): void {
    const { exchange, at } = traffic;
    if (traffic.kind === 'request') {
      const { method } = traffic;
      if (method === 'GET') this.questions += 1;
      this.#pending.set(exchange, { method, sentAt: at, isOpen: false, brought: 0 });
      return;
    }
    const known = this.#pending.get(exchange);
    if (!known) return;
    switch (traffic.kind) {
      case 'opened':
        known.isOpen = true;
        this.connections += 1;
        if (this.#hasConnected) this.returns += 1;
        this.#hasConnected = true;
        return;
      case 'arrived':
        known.brought += 1;
        this.mostOverOne = Math.max(this.mostOverOne, known.brought);
        return;
      case 'sent':
        return this.#says(traffic.text);
      case 'failure':
        if (known.method === 'GET' && !known.isOpen) this.lost += 1;
        break;
      case 'response':
        if (traffic.status < 400) this.#answered(known, traffic.messages, at);
        break;
      case 'cut':
    }
    this.#pending.delete(exchange);
  }

  #answered({ method, sentAt }: Pending, [first]: readonly Message[], at: number): void {
    if (method === 'GET' && !first) {
      this.empty += 1;
      this.longestEmpty = Math.max(this.longestEmpty, at - sentAt);
    }
    if (method !== 'POST' || !first) return;
    this.#says(first.text);
    this.#clock.compare(sentAt, first.at, at);
  }

  #says(text: string): void {
    this.sent += 1;
    this.sentBytes += sizeOf(text);
    this.said = [...this.said.slice(1 - REMEMBERED), text];
  }
}
