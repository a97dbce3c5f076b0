import type { ClockEstimate } from './clock.ts';
import { linkNamer } from './link.ts';
import type { WireEvent } from './wire.ts';

/** An event in its place among those of both sides. */
export interface Placed {
  event: WireEvent;
  /** ms since the epoch by the page's clock, never less than that of the one before it. */
  time: number;
}

/**
 * Puts what the page saw and what the server saw into one order, by the page's clock. Clocks are
 * only compared ± some error, so two events that are close may seem to be the wrong way round: but
 * each side knows its own order, and nothing comes before what caused it, whatever the clocks say.
 */
export function inOneOrder(events: readonly WireEvent[], clock: ClockEstimate): Placed[] {
  const page = sideOf(events, 'page', 0);
  const server = sideOf(events, 'server', clock.offset);
  const placed: Placed[] = [];
  let last = -Infinity;
  const take = (side: Side) => {
    const one = side.waiting[side.next++];
    if (!one) return;
    last = Math.max(last, one.time);
    placed.push({ event: one.event, time: last });
  };
  for (;;) {
    const [ours, theirs] = [page.waiting[page.next], server.waiting[server.next]];
    if (!ours && !theirs) return placed;
    if (!theirs) take(page);
    else if (!ours) take(server);
    else if (mustWait(ours, server)) take(server);
    else if (mustWait(theirs, page)) take(page);
    else take(ours.time <= theirs.time ? page : server);
  }
}

interface Waiting {
  event: WireEvent;
  time: number;
  /** What it causes at the other side, and what there caused it. */
  causes: string | undefined;
  caused: string | undefined;
}

interface Side {
  waiting: Waiting[];
  /** Where each cause stands. */
  places: ReadonlyMap<string, number>;
  next: number;
}

/** Whether what caused it is still to come at the other side. */
function mustWait({ caused }: Waiting, other: Side): boolean {
  if (caused === undefined) return false;
  return (other.places.get(caused) ?? -1) >= other.next;
}

function sideOf(events: readonly WireEvent[], side: WireEvent['side'], offset: number): Side {
  const nameOf = linkNamer();
  const waiting = events
    .filter((event) => event.side === side)
    .toSorted((a, b) => a.sequence - b.sequence)
    .map((event): Waiting => {
      const named = nameOf(event);
      const isCause = named?.link.from === side;
      return {
        event,
        time: event.at - offset,
        causes: isCause ? named.key : undefined,
        caused: isCause ? undefined : named?.key,
      };
    });
  const places = new Map<string, number>();
  for (const [place, { causes }] of waiting.entries())
    if (causes !== undefined) places.set(causes, place);
  return { waiting, places, next: 0 };
}
