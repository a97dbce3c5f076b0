import { delayOf, quantile } from '../../protocol/clock.ts';
import type { Message } from '../../protocol/message.ts';
import { type Entry, type Kind, KINDS } from '../../lab/numbers.ts';
import type { Score } from '../../lab/verdict.ts';
import { pageClock, type Transport } from '../../transports/transport.ts';
import type { DemoSession } from '../demo-session.svelte.ts';
import type { Reader } from '../reader/reader.svelte.ts';

/** Messages and seconds that are remembered; of more, the oldest go. */
const MESSAGES = 3_000;
const SECONDS = 600;
const SECOND = 1_000;

/** What one transport had done at one moment, since the run began. */
export interface Sample {
  delivered: number;
  requests: number;
  open: number;
  bytes: number | undefined;
}

/** One message of the run: when it was accepted, and how long it took to each reader, ms. */
export interface Said {
  id: string;
  /** By the server's clock. */
  at: number;
  delays: Readonly<Record<string, number>>;
}

interface Counted {
  requests: number;
  bytes: number | undefined;
  missed: number | null;
  repeated: number;
}

/** What the four readers did since a moment: since they were started, or a knob was turned. */
export class LabRun {
  /** ms since the epoch, by the page's clock. */
  began = $state(0);
  said = $state.raw<readonly Said[]>([]);
  samples = $state.raw<readonly { second: number; of: Readonly<Record<string, Sample>> }[]>([]);
  readonly #session: DemoSession<Transport>;
  readonly #requestsOf: (name: string) => number;
  #before: Readonly<Record<string, Counted>> = {};
  #sampledAt = 0;

  /** @param requestsOf how many requests a transport has sent */
  constructor(session: DemoSession<Transport>, requestsOf: (name: string) => number) {
    this.#session = session;
    this.#requestsOf = requestsOf;
  }

  /** Counts anew from here. */
  begin(): void {
    this.began = pageClock();
    this.said = [];
    this.samples = [];
    this.#sampledAt = 0;
    this.#before = this.#ofEach((reader) => this.#counted(reader));
  }

  /** One message more that all are to have. */
  say({ id, at }: Message): void {
    if (at < this.began + this.#offset - 1) return; // it was on its way when the run began
    this.said = [...this.said.slice(1 - MESSAGES), { id, at, delays: {} }];
  }

  /** Takes in what has come; to be called a few times a second. */
  look(): void {
    const clock = this.#session.clock.estimate;
    if (!clock || this.began === 0) return;
    let isNew = false;
    const came = this.#session.readers.map(({ name, heard }) => ({
      name,
      at: Object.fromEntries(
        heard.map(({ message, receivedAt }) => [message.id, receivedAt] as const),
      ),
    }));
    const said = this.said.map((one) => {
      const fresh = came.flatMap(({ name, at }) => {
        const received = one.delays[name] === undefined ? at[one.id] : undefined;
        return received === undefined ? [] : [[name, delayOf(one.at, received, clock)] as const];
      });
      if (fresh.length === 0) return one;
      isNew = true;
      return { ...one, delays: { ...one.delays, ...Object.fromEntries(fresh) } };
    });
    if (isNew) this.said = said;
    if (pageClock() - this.#sampledAt >= SECOND) this.#sample();
  }

  delaysOf(name: string): number[] {
    return this.said.flatMap(({ delays: { [name]: delay } }) =>
      delay === undefined ? [] : [delay],
    );
  }

  quantileOf(name: string, part: number): number | undefined {
    return quantile(this.delaysOf(name), part);
  }

  /** @param need ms after which a message that is not there is lacking */
  score(reader: Reader, need: number): Score {
    const { name } = reader;
    const now = this.#counted(reader);
    const late = pageClock() + this.#offset - need;
    const delivered = this.delaysOf(name).length;
    return {
      transport: name,
      delivered,
      lacking: this.said.filter(({ at, delays }) => at < late && delays[name] === undefined).length,
      p50: this.quantileOf(name, 0.5),
      p95: this.quantileOf(name, 0.95),
      ...since(now, this.#before[name]),
    };
  }

  /** All numbers of the run. */
  entries(): Entry[] {
    const delays = this.said.flatMap(({ at, delays }) =>
      Object.entries(delays).map(([transport, value]): Entry => ({
        second: this.secondOf(at),
        transport,
        kind: 'delay_ms',
        value,
      })),
    );
    const counts = this.samples.flatMap(({ second, of }) =>
      Object.entries(of).flatMap(([transport, { delivered, requests, bytes, open }]) => {
        const told: Partial<Record<Kind, number | undefined>> = {
          delivered_so_far: delivered,
          requests_so_far: requests,
          bytes_so_far: bytes,
          open,
        };
        return KINDS.flatMap((kind): Entry[] => {
          const value = told[kind];
          return value === undefined ? [] : [{ second, transport, kind, value }];
        });
      }),
    );
    return [...delays, ...counts];
  }

  /** Seconds from the run's beginning to a time of the server's clock. */
  secondOf(at: number): number {
    return (at - this.#offset - this.began) / SECOND;
  }

  get #offset(): number {
    return this.#session.clock.estimate?.offset ?? 0;
  }

  #sample(): void {
    this.#sampledAt = pageClock();
    const second = (this.#sampledAt - this.began) / SECOND;
    const of = this.#ofEach((reader): Sample => {
      const { requests, bytes } = since(this.#counted(reader), this.#before[reader.name]);
      return {
        delivered: this.delaysOf(reader.name).length,
        requests,
        open: reader.traffic.open,
        bytes,
      };
    });
    this.samples = [...this.samples.slice(1 - SECONDS), { second, of }];
  }

  #counted({ name, numbering, missed, repeated }: Reader): Counted {
    const counts = this.#session.watch.counts[numbering.tag ?? ''];
    const bytes = counts && counts.upHeads + counts.upBodies + counts.downHeads + counts.downBodies;
    return { requests: this.#requestsOf(name), bytes, missed, repeated };
  }

  #ofEach<Value>(value: (reader: Reader) => Value): Record<string, Value> {
    return Object.fromEntries(
      this.#session.readers.map((reader) => [reader.name, value(reader)] as const),
    );
  }
}

function since(now: Counted, before: Counted | undefined): Counted {
  if (!before) return now;
  return {
    requests: now.requests - before.requests,
    bytes: now.bytes === undefined ? undefined : now.bytes - (before.bytes ?? 0),
    missed: now.missed === null ? null : now.missed - (before.missed ?? 0),
    repeated: now.repeated - before.repeated,
  };
}
