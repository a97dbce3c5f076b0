import { isClear } from './conditions.ts';
import {
  type Arrow,
  arrowKind,
  type Bar,
  isEventStream,
  isFine,
  isIdle,
  keyOf,
  type Mark,
  type SpaceTime,
  wayOf,
} from './drawn.ts';
import { linkNamer } from './link.ts';
import type { Placed } from './one-order.ts';
import type { By, WireEvent } from './wire.ts';

/** One exchange while it is drawn. */
interface Exchange {
  method: string;
  isStream: boolean;
  response: Arrow | undefined;
  asked: Arrow | undefined;
  held: Bar | undefined;
  open: Bar | undefined;
  isOver: boolean;
}

/** Draws events, as `inOneOrder` puts them, into a picture. It knows nothing of its size. */
export function spaceTime(placed: readonly Placed[]): SpaceTime {
  const drawing = new Drawing();
  for (const { event, time } of placed) drawing.add(event, time);
  return drawing;
}

class Drawing implements SpaceTime {
  readonly arrows: Arrow[] = [];
  readonly bars: Bar[] = [];
  readonly marks: Mark[] = [];
  readonly #nameOf = linkNamer();
  readonly #halves = new Map<string, Arrow>();
  readonly #exchanges = new Map<string, Exchange>();
  readonly #skies = new Map<string, Bar>();
  /** When each message was put into the log, and who has had it. */
  readonly #appended = new Map<string, { at: number; event: WireEvent; had: Set<string> }>();

  add(event: WireEvent, time: number): void {
    const exchange = this.#exchangeOf(event);
    switch (event.kind) {
      case 'request':
        exchange.method = event.method;
        exchange.asked = this.#cross(event, time);
        return;
      case 'upgrade':
        this.#cross(event, time);
        return this.#opens(exchange, event, time);
      case 'response':
        exchange.isStream ||= isEventStream(event);
        exchange.response = this.#cross(event, time);
        if (exchange.isStream) this.#opens(exchange, event, time);
        else this.#answers(exchange, event, time);
        return;
      case 'chunk':
        if (!exchange.isStream && event.side === 'page' && exchange.response) {
          exchange.isStream = true;
          this.#opens(exchange, event, exchange.response.to ?? time);
        }
        if (!exchange.isStream && exchange.response) return push(exchange.response, event);
        this.#cross(event, time);
        if (event.side === 'page') this.#had(event, time);
        return;
      case 'frame':
        this.#cross(event, time);
        if (event.side === 'page' && event.way === 'down') this.#had(event, time);
        return;
      case 'end':
        if (exchange.response) push(exchange.response, event);
        if (exchange.isStream) this.#ends(exchange, event, time, 'server');
        return;
      case 'held':
        exchange.held = this.#bar('held', event, time);
        return;
      case 'released':
        if (exchange.held) {
          Object.assign(exchange.held, { to: time, because: event.because });
          push(exchange.held, event);
        }
        exchange.held = undefined;
        return;
      case 'close':
        return this.#closes(exchange, event, time);
      case 'appended':
        this.#appended.set(event.message, { at: time, event, had: new Set() });
        this.#mark('appended', event, time, [event.message]);
        return;
      case 'conditions':
        return this.#weather(event, time);
      default:
        this.#mark(event.kind, event, time, []);
    }
  }

  #exchangeOf({ reader, exchange }: WireEvent): Exchange {
    const key = `${reader} ${exchange}`;
    const known = this.#exchanges.get(key);
    if (known) return known;
    const one: Exchange = {
      method: '',
      isStream: false,
      response: undefined,
      asked: undefined,
      held: undefined,
      open: undefined,
      isOver: false,
    };
    this.#exchanges.set(key, one);
    return one;
  }

  /** An arrow, or the other half of one. */
  #cross(event: WireEvent, time: number): Arrow {
    const named = this.#nameOf(event);
    const known = named && this.#halves.get(named.key);
    if (known) {
      push(known, event);
      known[named.link.from === event.side ? 'from' : 'to'] = time;
      known.messages = [...new Set([...known.messages, ...(event.carries ?? [])])];
      known.isIdle &&= known.messages.length === 0;
      return known;
    }
    const way = wayOf(event);
    const begins = named
      ? named.link.from === event.side
      : (way === 'up') !== (event.side === 'server');
    const arrow: Arrow = {
      key: named?.key ?? keyOf(event),
      kind: arrowKind(event),
      way,
      reader: event.reader,
      from: begins ? time : undefined,
      to: begins ? undefined : time,
      isLost: false,
      isIdle: isIdle(event),
      events: [event],
      messages: event.carries ?? [],
    };
    this.arrows.push(arrow);
    if (named) this.#halves.set(named.key, arrow);
    return arrow;
  }

  #answers({ response, ...exchange }: Exchange, event: WireEvent, time: number): void {
    if (event.side !== 'page' || exchange.method !== 'GET' || !response) return;
    response.isIdle = response.messages.length === 0 && isFine(event);
    this.#had(event, time);
  }

  /** A reader has messages: from when they were put into the log, they waited for that. */
  #had(event: WireEvent, time: number): void {
    for (const id of event.carries ?? []) {
      const appended = this.#appended.get(id);
      if (!appended || appended.had.has(event.reader)) continue;
      appended.had.add(event.reader);
      this.bars.push({
        key: `wait ${keyOf(event)} ${id}`,
        kind: 'wait',
        reader: event.reader,
        from: appended.at,
        to: time,
        events: [appended.event, event],
        messages: [id],
      });
    }
  }

  #opens(exchange: Exchange, event: WireEvent, time: number): void {
    if (!exchange.open) exchange.open = this.#bar('open', event, time);
    // It is open to a reader when the reader knows it.
    else if (event.side === 'page') exchange.open.from = time;
  }

  #closes(exchange: Exchange, event: WireEvent & { kind: 'close' }, time: number): void {
    for (const arrow of [exchange.asked, exchange.response])
      if (arrow && (arrow.from === undefined || arrow.to === undefined)) arrow.isLost = true;
    this.#ends(exchange, event, time, event.by);
    const isSeen = exchange.isOver && event.side === 'page';
    exchange.isOver = true;
    if (event.side === 'server') this.#mark('close', event, time, []);
    else if (!isSeen) this.#mark('failed', event, time, []);
  }

  #ends(exchange: Exchange, event: WireEvent, time: number, by: By): void {
    const { open, held } = exchange;
    for (const bar of [open, held]) {
      if (!bar) continue;
      bar.to ??= time;
      bar.by ??= by;
      push(bar, event);
    }
    exchange.held = undefined;
  }

  #weather(event: WireEvent & { kind: 'conditions' }, time: number): void {
    const before = this.#skies.get(event.reader);
    if (before) before.to = time;
    this.#skies.delete(event.reader);
    if (isClear(event.conditions)) return;
    const bar = this.#bar('weather', event, time);
    bar.conditions = event.conditions;
    this.#skies.set(event.reader, bar);
  }

  #bar(kind: Bar['kind'], event: WireEvent, from: number): Bar {
    const { reader } = event;
    const key = `${kind} ${keyOf(event)}`;
    const bar: Bar = { key, kind, reader, from, to: undefined, events: [event], messages: [] };
    this.bars.push(bar);
    return bar;
  }

  #mark(kind: Mark['kind'], event: WireEvent, at: number, messages: readonly string[]): void {
    const { reader, side } = event;
    this.marks.push({ key: keyOf(event), kind, reader, side, at, events: [event], messages });
  }
}

/** The moments of a picture at which something happens, in order. */
export function momentsOf({ arrows, bars, marks }: SpaceTime): number[] {
  const all = [
    ...arrows.flatMap(({ from, to }) => [from, to]),
    ...bars.flatMap(({ from, to }) => [from, to]),
    ...marks.map(({ at }) => at),
  ];
  const known = all.filter((time) => time !== undefined);
  return [...new Set(known)].sort((one, other) => one - other);
}

function push(drawn: { events: readonly WireEvent[] }, event: WireEvent): void {
  drawn.events = [...drawn.events, event];
}
