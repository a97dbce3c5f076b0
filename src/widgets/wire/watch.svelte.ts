import { isWireEvent } from '../../protocol/carried.ts';
import { better, type ClockEstimate, compareClocks } from '../../protocol/clock.ts';
import { type Conditions, isClear } from '../../protocol/conditions.ts';
import { type Glass, parseGlass } from '../../protocol/glass.ts';
import type { Asked, Counts } from '../../protocol/observing.ts';
import { inOneOrder, type Placed } from '../../protocol/one-order.ts';
import { isRecord, parseJson } from '../../protocol/parse.ts';
import type { WireEvent } from '../../protocol/wire.ts';
import { backoff } from '../../transports/backoff.ts';
import { pageClock } from '../../transports/transport.ts';
import type { ServerClock } from '../server-clock.svelte.ts';
import { socketUrl } from '../socket-url.ts';
import { keepConditions, recallConditions } from './kept-conditions.ts';
import { renewConnections } from './renew-connections.ts';
import { conditionsIn, countsIn, withIds } from './told.ts';

/** Events that are remembered, of both sides together. */
const REMEMBERED = 1_000;
/** ms for which what comes is gathered before it is shown. */
const SHOW = 100;
/** ms from one comparison of the clocks to the next; the first few follow each other sooner. */
const COMPARE = 5_000;
const FIRST_COMPARISONS = 4;
/** ms in which what the page ends is seen to end by the server. */
const LAST_WORDS = 1_000;
/** ms after which a demo begins although nobody can be asked what the server sees. */
const PATIENCE = 1_500;

export type WatchState = 'off' | 'connecting' | 'on' | 'away';

/** What the page knows of the wire: its own events and the server's, on one clock. */
export class Watch {
  state = $state<WatchState>('off');
  /** All events that are remembered. */
  events = $state.raw<readonly WireEvent[]>([]);
  /** Events that are not among them any more, or never came, for want of room. */
  dropped = $state(0);
  /** Bytes by reader's tag. */
  counts = $state.raw<Readonly<Record<string, Counts>>>({});
  conditions = $state.raw<Readonly<Record<string, Conditions>>>({});
  glass = $state.raw<Glass>();
  /** How far the clock of the server's events is ahead of the page's. */
  clock = $state.raw<ClockEstimate>();
  /** When the first event was seen, ms since the epoch by the page's clock. */
  began = $state(0);
  /** Both sides' events in one order; the newest last. */
  placed = $derived<readonly Placed[]>(
    inOneOrder(this.events, this.clock ?? { offset: 0, error: Infinity }),
  );
  readonly #messageClock: ServerClock;
  /** What was counted on connections to the server before this one. */
  #countedBefore: Readonly<Record<string, Counts>> = {};
  #socket: WebSocket | undefined;
  #path = '';
  #tags: readonly string[] = [];
  #tries = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #comparing: ReturnType<typeof setTimeout> | undefined;
  #leaving: ReturnType<typeof setTimeout> | undefined;
  #compared = 0;
  #sequence = 0;
  #waiting: WireEvent[] = [];
  /** What has come and is not shown yet. */
  #counted: Readonly<Record<string, Counts>> = {};
  #droppedThere = 0;
  #looked: Glass | undefined;
  #isShowing = false;

  /** @param messageClock is told of the clock that stamps messages */
  constructor(messageClock: ServerClock) {
    this.#messageClock = messageClock;
  }

  /** What was set for these readers in this tab: it is set again when they are watched. */
  recallConditions(tags: readonly string[]): void {
    const kept = tags.map((tag) => [tag, recallConditions(tag)] as const);
    this.conditions = { ...this.conditions, ...Object.fromEntries(kept) };
  }

  /** Watches a lesson's room and readers by their tags; resolves when it does, or cannot for now. */
  async open(lesson: string, room: string, tags: readonly string[]): Promise<void> {
    this.close();
    this.#path = `/live/wire/${lesson}/room/${room}/`;
    this.#tags = tags;
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, PATIENCE);
    this.#connect(resolve);
    await promise;
    clearTimeout(late);
    if (this.state === 'on') await renewConnections();
  }

  /** Watches these readers from now on. */
  watch(tags: readonly string[]): void {
    this.#tags = tags;
    this.#ask({ watch: tags });
  }

  /** Stops watching when the server has had time to tell how what is ended now ended. */
  closeSoon(): void {
    clearTimeout(this.#leaving);
    this.#leaving = setTimeout(() => this.close(), LAST_WORDS);
  }

  close(): void {
    clearTimeout(this.#leaving);
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#again);
    clearTimeout(this.#comparing);
    this.state = 'off';
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close(1000);
    else socket?.close(1000);
  }

  /** Makes a reader's network as bad as this, or clear. */
  setConditions(tag: string, conditions: Conditions): void {
    keepConditions(tag, conditions);
    this.#ask({ tag, conditions });
  }

  /** Whether a reader’s network is bad on purpose. */
  isWorse(tag: string | undefined): boolean {
    const conditions = tag === undefined ? undefined : this.conditions[tag];
    return conditions !== undefined && !isClear(conditions);
  }

  /** Something that this page did or saw. */
  tell(what: Omit<WireEvent, 'side' | 'sequence'>): void {
    this.#sequence += 1;
    // What it is was checked where it was made; `Omit` has forgotten that.
    this.#add([{ ...what, side: 'page', sequence: this.#sequence } as WireEvent]);
  }

  /** Forgets what happened so far. */
  clear(): void {
    this.events = [];
    this.dropped = 0;
    this.began = 0;
  }

  #connect(settled: () => void): void {
    this.state = this.#tries ? 'away' : 'connecting';
    const socket = new WebSocket(socketUrl(this.#path));
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.#compared = 0;
      this.#countedBefore = this.counts;
      this.#ask({ watch: this.#tags });
      for (const tag of this.#tags) {
        const conditions = recallConditions(tag);
        if (!isClear(conditions)) this.#ask({ tag, conditions });
      }
      this.#compare();
    };
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return;
      this.#hear(parseJson(String(data)));
      if (this.state !== 'on' && this.clock) {
        this.state = 'on';
        settled();
      }
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      clearTimeout(this.#comparing);
      this.state = 'away';
      settled();
      this.#again = setTimeout(() => this.#connect(settled), backoff(this.#tries++));
    };
  }

  #ask(asked: Omit<Asked, 'kind'> | { watch: readonly string[] }): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(asked));
  }

  #compare(): void {
    this.#ask({ ping: pageClock() });
    this.#compared += 1;
    const soon = this.#compared < FIRST_COMPARISONS;
    this.#comparing = setTimeout(() => this.#compare(), soon ? 30 : COMPARE);
  }

  #hear(told: unknown): void {
    if (!isRecord(told)) return;
    const { pong, at, wire, events, dropped, counts, conditions, glass } = told;
    if (typeof pong === 'number' && typeof at === 'number' && typeof wire === 'number')
      this.#heardClock(pong, at, wire);
    if (Array.isArray(events)) {
      this.#add(events.filter(isWireEvent).map(withIds));
      this.#droppedThere += Number(dropped) || 0;
      if (isRecord(counts))
        this.#counted = { ...this.#counted, ...countsIn(counts, this.#countedBefore) };
    }
    if (isRecord(conditions)) this.conditions = conditionsIn(conditions);
    const looked = parseGlass(glass);
    if (looked.ok) {
      this.#looked = looked.value;
      this.#show();
    }
  }

  #heardClock(sent: number, at: number, wire: number): void {
    const received = pageClock();
    // The server's clock of events is finer than a ms: compareClocks adds what a whole ms may hide.
    this.clock = better(this.clock, compareClocks(sent, wire - 0.5, received));
    this.#messageClock.compare(sent, at, received);
  }

  #add(events: readonly WireEvent[]): void {
    const [first] = events;
    if (this.began === 0 && first) this.began = first.side === 'page' ? first.at : pageClock();
    this.#waiting.push(...events);
    this.#show();
  }

  /** Shows what has come a few times a second, however much it is. */
  #show(): void {
    if (this.#isShowing) return;
    this.#isShowing = true;
    setTimeout(() => {
      this.#isShowing = false;
      const all = [...this.events, ...this.#waiting.splice(0)];
      const over = Math.max(0, all.length - REMEMBERED);
      this.dropped += over + this.#droppedThere;
      this.#droppedThere = 0;
      this.events = all.slice(over);
      this.counts = this.#counted;
      this.glass = this.#looked;
    }, SHOW);
  }
}
