import { LRUCache } from 'lru-cache';
import { CLEAR, type Conditions, isClear } from '../../src/protocol/conditions.ts';
import type { What, Whence, WireEvent } from '../../src/protocol/wire.ts';
import { party } from '../guard/peer.ts';
import { type Clock, systemClock } from '../rooms/rooms.ts';

/** A page that looks on. */
export interface Observer {
  take(event: WireEvent): void;
  count(tag: string, way: 'up' | 'down', heads: number, bodies: number): void;
}

/** What an observer looks at: a room, the readers whose tags it knows, connections from its address. */
export interface Sight {
  readonly room: string;
  readonly tags: readonly string[];
  readonly address: string | undefined;
}

/** Tags whose conditions are remembered. */
const REMEMBERED = 5_000;

/** ms since the epoch, finer than a ms, and never back: the clock of all that is told. */
export const wireClock = () => performance.timeOrigin + performance.now();

/**
 * Who looks at which readers and rooms, what they are told, and how bad each reader's network is to
 * be. While nobody looks and no network is bad, it costs a connection one look into an empty map.
 *
 * A reader's tag is its secret: whoever knows it may watch it and set its conditions. So it is never
 * told to anybody else, and what is told of a room names only the readers that its observer knows.
 */
export class Wire {
  readonly #byTag = new Index<Observer>();
  readonly #byRoom = new Index<Observer>();
  readonly #byAddress = new Index<Observer>();
  /** Tags with conditions, by the address that they were set from. */
  readonly #worse = new Index<string>();
  /** By tag, and from where they were set. */
  readonly #conditions: LRUCache<string, { conditions: Conditions; party: string }>;
  readonly #changed = new Set<(tag: string) => void>();
  #sequence = 0;

  /** @param idleSeconds how long the conditions of a reader outlive its last traffic: as long as a room does */
  constructor(idleSeconds: number, clock: Pick<Clock, 'monotonic'> = systemClock) {
    this.#conditions = new LRUCache({
      max: REMEMBERED,
      ttl: idleSeconds * 1000,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() },
      updateAgeOnGet: true,
      onInsert: ({ party }, tag) => this.#worse.add(party, tag),
      dispose: ({ party }, tag) => this.#worse.delete(party, tag),
    });
  }

  /** Somebody looks on, until the function returned is called. */
  observe(observer: Observer, { room, tags, address }: Sight): () => void {
    const party = addressOf(address);
    this.#byRoom.add(room, observer);
    this.#byAddress.add(party, observer);
    for (const tag of tags) this.#byTag.add(tag, observer);
    return () => {
      this.#byRoom.delete(room, observer);
      this.#byAddress.delete(party, observer);
      for (const tag of tags) this.#byTag.delete(tag, observer);
    };
  }

  /** Whether connections from an address are to be looked at. */
  isWatched(address: string | undefined): boolean {
    if (this.#worse.size > 0) this.#conditions.purgeStale();
    if (this.#byAddress.size + this.#worse.size === 0) return false;
    const party = addressOf(address);
    return this.#byAddress.of(party) !== undefined || this.#worse.of(party) !== undefined;
  }

  /** Of an exchange or a connection of a reader: told to who knows it. */
  tellOf(tag: string, exchange: number, what: () => What): void {
    this.#tell(this.#byTag.of(tag), { reader: tag, exchange }, what);
  }

  /** Of a room: told to all who look at it. */
  tellRoom(room: string, what: () => What): void {
    this.#tell(this.#byRoom.of(room), { reader: '', exchange: 0 }, what);
  }

  /** An event of a room, for who has found it by looking. */
  ofRoom(what: What): WireEvent {
    return this.#event({ reader: '', exchange: 0 }, what);
  }

  count(tag: string, way: 'up' | 'down', heads: number, bodies: number): void {
    for (const observer of this.#byTag.of(tag) ?? []) observer.count(tag, way, heads, bodies);
  }

  conditionsOf(tag: string): Conditions {
    return this.#conditions.get(tag)?.conditions ?? CLEAR;
  }

  /** Connections from `address` are looked at as long as the conditions hold. */
  setConditions(tag: string, conditions: Conditions, address: string | undefined): void {
    this.#conditions.delete(tag);
    if (!isClear(conditions)) this.#conditions.set(tag, { conditions, party: addressOf(address) });
    this.tellOf(tag, 0, () => ({ kind: 'conditions', conditions }));
    for (const listener of this.#changed) listener(tag);
  }

  /** Every network is as it is from now on. */
  clear(): void {
    const tags = [...this.#conditions.keys()];
    this.#conditions.clear();
    for (const tag of tags) for (const listener of this.#changed) listener(tag);
  }

  /** Calls `listener` with the tag whose conditions change, until the function returned is called. */
  onConditions(listener: (tag: string) => void): () => void {
    this.#changed.add(listener);
    return () => this.#changed.delete(listener);
  }

  #tell(
    observers: ReadonlySet<Observer> | undefined,
    whence: Pick<Whence, 'reader' | 'exchange'>,
    what: () => What,
  ): void {
    if (!observers) return;
    const event = this.#event(whence, what());
    for (const observer of observers) observer.take(event);
  }

  #event(whence: Pick<Whence, 'reader' | 'exchange'>, what: What): WireEvent {
    const sequence = ++this.#sequence;
    return { side: 'server', at: wireClock(), sequence, ...whence, ...what };
  }
}

/** Who is to be told, by what. */
class Index<Value> {
  readonly #all = new Map<string, Set<Value>>();

  get size(): number {
    return this.#all.size;
  }

  of(key: string): ReadonlySet<Value> | undefined {
    return this.#all.get(key);
  }

  add(key: string, value: Value): void {
    const here = this.#all.get(key) ?? new Set();
    this.#all.set(key, here.add(value));
  }

  delete(key: string, value: Value): void {
    const here = this.#all.get(key);
    here?.delete(value);
    if (here?.size === 0) this.#all.delete(key);
  }
}

/** The party that an address belongs to; all names of this machine are one. */
export function addressOf(address = ''): string {
  return /^(::ffff:)?127\.|^::1$/.test(address) ? 'loopback' : party(address);
}
