import type { Transport } from '../transports/transport.ts';
import { randomRoom } from '../lessons/claim.ts';
import { inOneOrder, type Placed } from '../protocol/one-order.ts';
import type { WireEvent } from '../protocol/wire.ts';
import type { Run } from '../run/run.ts';
import { Exchanges, newTag } from '../transports/exchanges.ts';
import { keep, recall, thisTab } from './keep.ts';
import { Reader } from './reader/reader.svelte.ts';
import { isoTime } from './units.ts';
import { ServerClock } from './server-clock.svelte.ts';
import { pageEvents } from './wire/page-events.ts';
import { Watch } from './wire/watch.svelte.ts';

interface Options<Kind extends Transport> {
  slug: string;
  names: readonly string[];
  /** A room that was shared; without one, a private room that lasts as long as the tab. */
  room: string | undefined;
  /** Makes a reader's transport. */
  transport: (reader: Reader<Kind>, room: string) => Kind;
  /** ms between one reader's connecting and the next one's. */
  stagger: () => number;
  /** Whether there is something for a reader to connect to now; there is, unless this says no. */
  joins?: (name: string) => boolean;
  /** Whether what crosses the wire is watched; it is, unless this is false. */
  watches?: boolean;
}

/** Why a recorded run is shown: it was asked for, opened from a file, or the server is out of reach. */
type Why = 'asked' | 'opened' | 'unreachable';

/** One run of a demo: a room, its readers, and one clock for them. */
export class DemoSession<Kind extends Transport> {
  readonly slug: string;
  readonly clock = new ServerClock();
  /** What is known of the wire, while the demo runs. */
  readonly watch = new Watch(this.clock);
  readonly readers: readonly Reader<Kind>[];
  room = $state('');
  /** What comes before `/live/` in its addresses: '' for this page's own server. */
  server = $state('');
  /** Who else is watched, though it is no reader of the demo's. */
  guests = $state.raw<readonly { name: string; tag: string }[]>([]);
  /** The reader of the page has started it and not stopped it. */
  running = $state(false);
  /** A run that was recorded, shown in place of what happens now, and why it is shown. */
  recorded = $state.raw<{ run: Run; why: Why }>();
  /** What the picture has just come past: live, or in a replay. */
  passed = $state.raw<readonly WireEvent[]>([]);
  /** What is shown of the wire, in one order: what happens, or what was recorded. */
  placed = $derived<readonly Placed[]>(
    this.recorded
      ? inOneOrder(this.recorded.run.events, this.recorded.run.clock)
      : this.watch.placed,
  );
  /** It is out of sight, so nobody is connected. */
  paused = $state(false);
  /** Resolves when what happens is watched, or cannot be for now. */
  begun: Promise<void> = Promise.resolve();
  readonly #shared: string | undefined;
  readonly #stagger: () => number;
  readonly #joins: (name: string) => boolean;
  readonly #watches: boolean;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #steps: ReturnType<typeof setTimeout>[] = [];

  constructor({
    slug,
    names,
    room,
    transport,
    stagger,
    joins = () => true,
    watches = true,
  }: Options<Kind>) {
    this.slug = slug;
    this.#shared = room;
    this.#stagger = stagger;
    this.#joins = joins;
    this.#watches = watches;
    this.readers = names.map((name) => {
      const reader: Reader<Kind> = new Reader(name, this.clock, () => transport(reader, this.room));
      return reader;
    });
  }

  /** Chooses the room: in the browser, once the page is there. */
  open(): void {
    this.room = this.#shared ?? recall(thisTab, `${this.slug}.room`, randomRoom());
    if (!this.#shared) keep(thisTab, `${this.slug}.room`, this.room);
    for (const [place, reader] of this.readers.entries()) {
      const name = `${this.slug}.tag.${place}`;
      const tag = recall(thisTab, name, newTag());
      keep(thisTab, name, tag);
      this.#bears(reader, tag);
    }
    this.watch.recallConditions(this.readers.map(({ numbering }) => numbering.tag ?? ''));
  }

  /** In another room, with nothing heard, counted or watched: as if it had never run. */
  begin(room: string): void {
    this.#rest();
    this.watch.clear();
    this.recorded = undefined;
    this.room = room;
    for (const reader of this.readers) {
      reader.forget();
      this.#bears(reader, newTag());
    }
  }

  /** Talks to another server from now on: see `server`. Goes on if it was running. */
  use(server: string): void {
    const { running } = this;
    this.stop();
    this.server = server;
    this.begin(randomRoom());
    if (running) this.start();
  }

  #bears(reader: Reader<Kind>, tag: string): void {
    reader.numbering = new Exchanges(tag);
    if (!this.#watches) return;
    const tell = pageEvents((event) => this.watch.tell(event));
    reader.onTraffic = (traffic) => tell(traffic, tag);
  }

  /** Somebody else whose exchanges are watched from the next start on; numbers them. */
  invite(name: string): Exchanges {
    const tag = newTag();
    this.guests = [...this.guests, { name, tag }];
    return new Exchanges(tag);
  }

  /** Shows a run that was recorded. */
  show(run: Run, why: Why): void {
    this.recorded = { run, why };
  }

  /** Shows what happens here again. */
  showOwn(): void {
    this.recorded = undefined;
  }

  /** What is remembered of this run, to be kept in a file. */
  asRun(): Run {
    if (this.recorded) return this.recorded.run;
    const { events, began, clock } = this.watch;
    return {
      schema: 'on-the-wire/run',
      version: 1,
      lesson: this.slug,
      recordedAt: isoTime(began),
      browser: navigator.userAgent.slice(0, 300),
      readers: [
        ...this.readers.map(({ name, numbering }) => ({ tag: numbering.tag ?? '', name })),
        ...this.guests,
      ],
      clock: clock ?? { offset: 0, error: 0 },
      events: [...events],
    };
  }

  /** Whose tag it is; undefined for nobody's that is known here. */
  nameOf(tag: string): string | undefined {
    if (this.recorded) return this.recorded.run.readers.find((one) => one.tag === tag)?.name;
    const reader = this.readers.find(({ numbering }) => numbering.tag === tag);
    return reader?.name ?? this.guests.find((guest) => guest.tag === tag)?.name;
  }

  start(): void {
    this.running = true;
    this.recorded = undefined;
    this.paused = false;
    for (const reader of this.readers) reader.wanted = true;
    this.begun = this.#begin();
  }

  /** Clocks first: without them nobody can tell what was said before a reader came. */
  async #begin(): Promise<void> {
    const tags = this.readers.map(({ numbering }) => numbering.tag ?? '');
    if (this.#watches)
      await this.watch.open(this.slug, this.room, [...tags, ...this.guests.map(({ tag }) => tag)]);
    if (!this.clock.estimate) await this.clock.ask();
    if (this.running && !this.paused) this.#connect();
  }

  #connect(): void {
    this.readers.forEach((reader, index) => {
      if (!reader.wanted) return;
      this.#later(index * this.#stagger(), () => {
        if (this.#joins(reader.name)) reader.connect();
      });
    });
  }

  /** Does something to each transport, as far apart as they were connected: they stay out of step. */
  outOfStep(work: (transport: Kind) => void): void {
    this.#steps.splice(0).forEach(clearTimeout);
    this.readers.forEach((reader, index) => {
      const step = () => reader.transport && work(reader.transport);
      this.#steps.push(setTimeout(step, index * this.#stagger()));
    });
  }

  /** Connects anew whoever is connected, each from where it was: something about the connection changed. */
  remake(readers: readonly Reader<Kind>[] = this.readers): void {
    for (const reader of readers) {
      if (!this.running || this.paused || !reader.wanted) continue;
      reader.rest();
      if (this.#joins(reader.name)) reader.connect();
    }
  }

  /** The page is looked at again: its timers may have been slow, and the clocks may have moved. */
  wake(): void {
    if (!this.running || this.paused) return;
    void this.clock.ask();
    this.outOfStep((transport) => transport.wake());
  }

  stop(): void {
    this.running = false;
    this.#rest();
    this.watch.closeSoon();
  }

  /** Out of sight: lets go of every connection, and goes on later from where it was. */
  pause(): void {
    if (!this.running || this.paused) return;
    this.paused = true;
    this.#rest();
    this.watch.close();
  }

  resume(): void {
    if (!this.running || !this.paused) return;
    this.paused = false;
    this.begun = this.#begin();
  }

  /** Lets a reader send some texts, spread over `ms` at random; ends with the session. */
  sendSpread(reader: Reader<Kind>, texts: readonly string[], ms: number): void {
    for (const text of texts) this.#sendAfter(reader, text, Math.random() * ms);
  }

  /** Lets a reader send some texts, one every `ms`; ends with the session. */
  sendEvery(reader: Reader<Kind>, texts: readonly string[], ms: number): void {
    for (const [place, text] of texts.entries()) this.#sendAfter(reader, text, place * ms);
  }

  #sendAfter(reader: Reader<Kind>, text: string, ms: number): void {
    const send = () => reader.send(text).catch((error: unknown) => (reader.sendError = error));
    this.#later(ms, () => void send());
  }

  #later(ms: number, work: () => void): void {
    this.#timers.push(setTimeout(work, ms));
  }

  #rest(): void {
    this.#timers.splice(0).forEach(clearTimeout);
    this.#steps.splice(0).forEach(clearTimeout);
    for (const reader of this.readers) reader.rest();
  }
}
