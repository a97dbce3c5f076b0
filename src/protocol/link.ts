import type { WireEvent } from './wire.ts';

/** What crosses from one side to the other, as each of them sees it. */
export interface Link {
  /** The n-th of a name at one side is the n-th at the other. */
  name: string;
  /** Where it begins. */
  from: WireEvent['side'];
}

/** What an event is the beginning or the end of, between the sides; undefined where only one sees it. */
export function linkOf(event: WireEvent): Link | undefined {
  switch (event.kind) {
    case 'request':
      return { name: 'request', from: 'page' };
    case 'upgrade':
      return { name: 'upgrade', from: 'server' };
    // A page is told of an answer when all of it is there; of a stream, when it begins.
    case 'response':
      return { name: 'response', from: 'server' };
    case 'frame':
      if (event.opcode > 2) return undefined; // a page is not told of control frames
      if (event.way === 'up') return { name: 'up', from: 'page' };
      // Of frames with messages of the log, a page is told those alone.
      return { name: ['down', ...(event.carries ?? [])].join(' '), from: 'server' };
    case 'chunk':
      return event.carries?.length
        ? { name: `chunk ${event.carries.join()}`, from: 'server' }
        : undefined;
    default:
      return undefined;
  }
}

/** Gives each event, in its side's own order, the name under which its other half is known. */
export function linkNamer(): (event: WireEvent) => { key: string; link: Link } | undefined {
  const counts = new Map<string, number>();
  return (event) => {
    const link = linkOf(event);
    if (!link) return undefined;
    const name = `${event.reader} ${event.exchange} ${link.name}`;
    const count = (counts.get(`${event.side} ${name}`) ?? 0) + 1;
    counts.set(`${event.side} ${name}`, count);
    return { key: `${name} ${count}`, link };
  };
}
