import { delayOf, quantile } from '../../protocol/clock.ts';
import type { Message } from '../../protocol/message.ts';
import { type Problem, problemType } from '../../protocol/problem.ts';
import { Exchanges, newTag } from '../../transports/exchanges.ts';
import type { Transport } from '../../transports/transport.ts';
import {
  pageClock,
  SendError,
  type TimedMessage,
  type Traffic,
  UNKNOWN,
} from '../../transports/transport.ts';
import type { ServerClock } from '../server-clock.svelte.ts';
import { sizeOf, TrafficCounts } from './traffic-counts.svelte.ts';

export type ReaderState = 'off' | 'connecting' | 'open' | 'reconnecting' | 'refused' | 'closed';

/** A message as one reader has it. */
export interface Heard {
  message: TimedMessage;
  /** When it first came, ms of this page's clock. */
  receivedAt: number;
  /** How often it has come. */
  times: number;
  /** It was said while this reader was not connected, so its delay tells nothing of the transport. */
  earlier: boolean;
}

/** How many messages a reader remembers. */
const REMEMBERED = 300;

/**
 * ms for which what comes is gathered before it is shown. Drawing takes the page's one thread: were
 * each reader's message drawn as it comes, the next reader's would wait for that.
 */
export const GATHERED = 40;

/** One reader of a demo: its transport, and what it heard. */
export class Reader<Kind extends Transport = Transport> {
  /** Who it is; in a shared room chosen before it connects. */
  name = $state('');
  state = $state<ReaderState>('off');
  /** How its last connection ended, as this side saw it. */
  ended = $state.raw<CloseEventInit>();
  /** What the server said when it refused this reader for good. */
  refusal = $state('');
  /** What it said when it did not do what was asked, while that is tried again. */
  problem = $state.raw<Problem>();
  /** Why a message was not sent that nobody waits for. */
  sendError = $state.raw<unknown>();
  /** The server says that it cannot know just now what is said. */
  interrupted = $state(false);
  /** Messages lost just before what came last; null: nobody knows how many; 0: none. */
  gap = $state<number | null>(0);
  heard = $state.raw<Heard[]>([]);
  delivered = $state(0);
  repeated = $state(0);
  /** Lost before this reader came to them; null: it is not known how many. */
  missed = $state<number | null>(0);
  /** What its transports did. */
  traffic: TrafficCounts;
  #heardBytes = $state(0);
  /** UTF-8 bytes of the texts that came and left. */
  carried = $derived.by(() => this.#heardBytes + this.traffic.sentBytes);
  transport = $state.raw<Kind>();
  /** It is to be connected whenever the demo is in sight; not after a disconnect or a refusal. */
  wanted = true;
  /** Numbers all that its transports do, and bears its tag, by which the server tells what it saw. */
  numbering = $state.raw(new Exchanges(newTag()));
  /** Told of all that its transports do. */
  onTraffic: (traffic: Traffic) => void = () => {};
  /** Where to go on after a pause. */
  after = '0';
  readonly #clock: ServerClock;
  readonly #make: () => Kind;
  readonly #gathered: (() => void)[] = [];
  #showing: ReturnType<typeof setTimeout> | undefined;
  #connectedAt = 0;
  /** How many transports were made. */
  #made = 0;
  /** Delays count from here on: when the knob was last turned. */
  #measuredFrom = $state(0);

  constructor(name: string, clock: ServerClock, make: () => Kind) {
    this.name = name;
    this.#clock = clock;
    this.traffic = $state.raw(new TrafficCounts(clock));
    this.#make = make;
  }

  /** ms from the server's acceptance to here, for messages said while this reader was connected. */
  delays = $derived.by(() =>
    this.heard.flatMap((heard) => {
      const delay = this.delay(heard);
      const before = heard.receivedAt - (delay ?? 0) < this.#measuredFrom;
      return delay === undefined || before ? [] : [delay];
    }),
  );
  p50 = $derived(quantile(this.delays, 0.5));
  p95 = $derived(quantile(this.delays, 0.95));

  delay({ message, receivedAt, earlier }: Heard): number | undefined {
    if (message.at === UNKNOWN) return message.took;
    const clock = this.#clock.estimate;
    return earlier || !clock ? undefined : delayOf(message.at, receivedAt, clock);
  }

  /** From now on other delays are measured: what was said before does not count. */
  measureAnew(): void {
    this.#measuredFrom = pageClock();
  }

  connect(): void {
    this.wanted = true;
    if (this.transport) return;
    this.state = 'connecting';
    this.refusal = '';
    this.interrupted = false;
    this.gap = 0;
    this.ended = undefined;
    const transport = this.#make();
    this.transport = transport;
    this.#connectedAt = pageClock();
    const made = ++this.#made;
    this.traffic.begin();
    transport.addEventListener('open', () => {
      this.#show();
      this.state = 'open';
      this.problem = undefined;
    });
    transport.addEventListener('error', ({ detail }) => {
      this.#show();
      this.state = 'reconnecting';
      this.refusal = detail?.detail ?? '';
      this.problem = detail;
    });
    transport.addEventListener('message', ({ data }) => {
      const at = pageClock();
      this.#soon(() => this.#hear(data, at));
    });
    // What an earlier transport still sees belongs to nobody any more.
    transport.addEventListener('traffic', ({ detail }) => {
      if (this.transport !== transport) return;
      this.#soon(() => this.traffic.see(detail));
      this.onTraffic(detail);
    });
    transport.addEventListener('refused', ({ detail }) =>
      this.#soon(() => {
        if (detail.type === problemType('interrupted')) this.interrupted = true;
        else this.sendError = new SendError(detail);
      }),
    );
    transport.addEventListener('caughtUp', () => this.#soon(() => this.#isBack()));
    transport.addEventListener('skipped', ({ detail }) =>
      this.#soon(() => {
        this.missed = detail === null || this.missed === null ? null : this.missed + detail;
        this.gap = detail;
        this.#isBack();
      }),
    );
    transport.addEventListener('close', ({ code, reason, wasClean }) => {
      this.#show();
      if (made === this.#made) this.ended = { code, reason, wasClean };
      if (this.transport !== transport) return;
      this.after = transport.after ?? this.after;
      this.transport = undefined;
      this.wanted = false;
      this.traffic.end();
      this.state = transport.comesBack ? (code === 1000 ? 'off' : 'refused') : 'closed';
      this.refusal = code === 1000 ? '' : this.refusal || reason;
    });
  }

  /** Shows what came, in its order, together with what comes within the next moment. */
  #soon(show: () => void): void {
    this.#gathered.push(show);
    this.#showing ??= setTimeout(() => this.#show(), GATHERED);
  }

  #show(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    for (const show of this.#gathered.splice(0)) show();
  }

  /** The server has read its log anew: what it said of that no longer holds. */
  #isBack(): void {
    this.interrupted = false;
    const { sendError } = this;
    if (sendError instanceof SendError && sendError.problem.type === problemType('log-away'))
      this.sendError = undefined;
  }

  disconnect(): void {
    this.wanted = false;
    this.rest();
  }

  /** Lets go of the connection, to be made again when the demo goes on. */
  rest(): void {
    this.#show();
    const transport = this.transport;
    this.after = transport?.after ?? this.after;
    this.transport = undefined;
    this.state = 'off';
    transport?.close();
    this.traffic.end();
  }

  /** As one that was never connected. */
  forget(): void {
    this.rest();
    this.after = '0';
    this.wanted = true;
    this.heard = [];
    this.gap = 0;
    this.missed = 0;
    this.delivered = 0;
    this.repeated = 0;
    this.#heardBytes = 0;
    this.traffic = new TrafficCounts(this.#clock);
    this.refusal = '';
    this.sendError = undefined;
    this.ended = undefined;
    this.#measuredFrom = 0;
  }

  /** Messages that another reader has had since a moment, and this one not (yet). */
  lacks(other: Reader, since: number): { lacking: number; of: number } {
    const ids = this.heard.map(({ message }) => message.id);
    const theirs = other.heard.filter(({ receivedAt }) => receivedAt >= since);
    const lacking = theirs.filter(({ message }) => !ids.includes(message.id)).length;
    return { lacking, of: theirs.length };
  }

  /** Sends a text; rejects as the transport's `send` does. */
  async send(text: string): Promise<void> {
    if (!this.transport) throw new TypeError('not connected');
    await this.transport.send(text);
  }

  /** When a message was accepted, ms of this page's clock; late rather than early. */
  #saidAt({ at }: Message): number {
    if (at === UNKNOWN) return Infinity;
    return at + 1 - (this.#clock.estimate?.offset ?? 0);
  }

  #hear(message: TimedMessage, receivedAt: number): void {
    this.delivered += 1;
    this.#heardBytes += sizeOf(message.text);
    const known = this.heard.findLast((heard) => heard.message.id === message.id);
    if (known) {
      const again = { ...known, times: known.times + 1 };
      this.heard = this.heard.map((heard) => (heard === known ? again : heard));
      this.repeated += 1;
      return;
    }
    const earlier = this.#saidAt(message) < this.#connectedAt;
    const heard = { message, receivedAt, times: 1, earlier };
    this.heard = [...this.heard.slice(1 - REMEMBERED), heard];
  }
}
