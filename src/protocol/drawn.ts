import type { Conditions } from './conditions.ts';
import { kept } from './wire-bytes.ts';
import type { By, Released, Way, WireEvent } from './wire.ts';

/** A run as a picture: what went from one side to the other, what lasted, and what happened at once. */
export interface SpaceTime {
  arrows: Arrow[];
  bars: Bar[];
  marks: Mark[];
}

/** Times are ms since the epoch by the page's clock. */
interface Drawn {
  key: string;
  /** The reader's tag; '' for the room's own. */
  reader: string;
  /** What it is drawn from, in order: the server's events have bytes. */
  events: readonly WireEvent[];
  /** The ids of the messages that it is about. */
  messages: readonly string[];
}

/** Something that crossed. */
export interface Arrow extends Drawn {
  kind: 'request' | 'response' | 'upgrade' | 'chunk' | 'frame' | 'close';
  way: Way;
  /** When it left, and when it was there; undefined where nobody saw that (yet). */
  from: number | undefined;
  to: number | undefined;
  /** It never came: the exchange failed before. */
  isLost: boolean;
  /** An answer that says nothing, a control frame, a comment in a stream. */
  isIdle: boolean;
}

/**
 * Something that lasts: a request is held, a stream or a socket is open, a message waits to be had, a
 * network is worse than it could be.
 */
export interface Bar extends Drawn {
  kind: 'held' | 'open' | 'wait' | 'weather';
  from: number;
  /** undefined while it lasts. */
  to: number | undefined;
  because?: Released;
  by?: By;
  conditions?: Conditions;
}

/** What happened at one moment, at the server or, with `side`, at a page. */
export interface Mark extends Drawn {
  kind: 'appended' | 'joined' | 'left' | 'queued' | 'acknowledged' | 'dropped' | 'close' | 'failed';
  side: WireEvent['side'];
  at: number;
}

/** By which an event is known among all of a run. */
export const keyOf = ({ side, sequence }: WireEvent): string => `${side} ${sequence}`;

/** Which way what an event tells of goes. */
export function wayOf(event: WireEvent): Way {
  if (event.kind === 'frame') return event.way;
  return event.kind === 'request' ? 'up' : 'down';
}

export function arrowKind({ kind, ...event }: WireEvent): Arrow['kind'] {
  if (kind === 'frame' && 'opcode' in event && event.opcode === 8) return 'close';
  return kind === 'request' || kind === 'response' || kind === 'upgrade' || kind === 'frame'
    ? kind
    : 'chunk';
}

/** What carries nothing that a reader waits for, as far as it tells by itself. */
export function isIdle(event: WireEvent): boolean {
  if (event.kind === 'frame') return event.opcode > 8;
  return event.kind === 'chunk' && !event.carries?.length;
}

export const isFine = (event: WireEvent) => event.kind === 'response' && event.status < 300;

/** Whether a response's head says so; looked at once, since a run is drawn again and again. */
export function isEventStream(event: WireEvent): boolean {
  if (event.kind !== 'response' || !event.head) return false;
  const known = eventStreams.get(event);
  if (known !== undefined) return known;
  const head = new TextDecoder().decode(kept(event.head).bytes);
  const found = /^content-type: *text\/event-stream/im.test(head);
  eventStreams.set(event, found);
  return found;
}

const eventStreams = new WeakMap<WireEvent, boolean>();
