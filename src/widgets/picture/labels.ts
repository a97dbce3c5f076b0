import { ms } from '../units.ts';
import { arrowText, shortText } from './captions.ts';
import type { InLane, Label, Lane, Seen } from './layout.ts';

/** px that a line of text needs, and how wide a picture must be for what was said. */
const LINE = 13;
const WIDE = 460;

/**
 * What is written into the picture: how long each message waited, and what was said.
 * @param y px from the origin of a time
 * @param textScale how much larger than usual the browser's text is
 */
export function labelsOf(
  seen: Seen,
  y: (time: number) => number,
  width: number,
  textScale: number,
): Label[] {
  const room = LINE * textScale;
  const isNarrow = width < WIDE * textScale;
  return seen.lanes.flatMap((lane) => [
    ...legible(waitsOf(seen, lane, y), room),
    ...(isNarrow ? [] : legible(wordsOf(seen, lane, y), room)),
  ]);
}

const mine = <Thing extends { reader: string }>(all: readonly InLane<Thing>[], { tag }: Lane) =>
  all.flatMap(({ one }) => (one.reader === tag ? [one] : []));

/** In the middle of a message's bar, or above one that is too short for it. */
function waitsOf({ bars }: Seen, lane: Lane, y: (time: number) => number): Label[] {
  const waits = mine(bars, lane).filter(({ kind }) => kind === 'wait');
  return waits.map(({ key, from, to = from, messages }) => {
    const [upper, lower] = [y(from), y(to)];
    return {
      key,
      x: lane.serverX - lane.inward * 21,
      y: lower - upper < 16 ? upper - 4 : (upper + lower) / 2 + 4,
      end: lane.inward > 0,
      text: ms(to - from),
      messages,
    };
  });
}

/** What was said, where its reader sent it; over a socket also where it was heard. */
function wordsOf({ arrows, marks, lanes }: Seen, lane: Lane, y: (time: number) => number): Label[] {
  const isCrowded = lanes.length > 2;
  const label = (key: string, at: number, text: string, messages: readonly string[]): Label => ({
    key,
    x: lane.pageX + lane.inward * 12,
    y: at,
    end: lane.inward < 0,
    text: shortText(text, isCrowded ? 10 : 18),
    messages,
  });
  const over = mine(arrows, lane).flatMap((arrow) => {
    const text = arrowText(arrow);
    const at = arrow.way === 'up' ? arrow.from : arrow.to;
    if (!text || at === undefined) return [];
    const beside = y(at) + (arrow.way === 'up' ? -5 : LINE - 1);
    return [label(`text ${arrow.key}`, beside, text, arrow.messages)];
  });
  if (arrows.some(({ one }) => one.kind === 'frame' && one.way === 'up')) return over;
  const said = marks.flatMap(({ key, at, events: [event], messages }) =>
    event?.kind === 'appended' && event.sender === lane.name
      ? [label(`said ${key}`, y(at) - 6, event.text, messages)]
      : [],
  );
  return [...over, ...said];
}

/** From the oldest down, the labels of one line that leave each other room. */
function legible(all: readonly Label[], room: number): Label[] {
  let above = -Infinity;
  return all
    .toSorted((one, other) => one.y - other.y)
    .filter(({ y }) => {
      if (y - above < room) return false;
      above = y;
      return true;
    });
}
