import type { Bar, Mark } from '../../protocol/drawn.ts';
import type { Stroke } from './strokes.ts';

/** One reader's part of the picture: its own line, and the server's. */
export interface Column {
  tag: string;
  name: string;
  /** The name of a transport, whose colour it has; the page's own where it is empty. */
  transport: string;
}

export interface Lane extends Column {
  pageX: number;
  serverX: number;
  /** Which way the server is, from the page: 1 to the right, −1 to the left. */
  inward: 1 | -1;
}

/** px at the top for names, from the sides, and at the bottom, where the present is. */
export const TOP = 40;
const EDGE = 44;
export const BOTTOM = 8;

/** Two readers face each other over one server; of more, each has the server at its left. */
export function lanesOf(columns: readonly Column[], width: number): Lane[] {
  if (columns.length > 2) {
    const each = width / columns.length;
    return columns.map((column, place) => ({
      ...column,
      serverX: place * each + 14,
      pageX: (place + 1) * each - 22,
      inward: -1,
    }));
  }
  const serverX = columns.length > 1 ? width / 2 : width - EDGE;
  return columns.map((column, place) =>
    place === 0
      ? { ...column, pageX: EDGE, serverX, inward: 1 }
      : { ...column, pageX: width - EDGE, serverX, inward: -1 },
  );
}

/** Where each server's line is: one, or one a column. */
export const serversOf = (lanes: readonly Lane[]): number[] => [
  ...new Set(lanes.map(({ serverX }) => serverX)),
];

/** Something in the picture, and the lane that it is in. */
export interface InLane<Thing> {
  one: Thing;
  lane: Lane;
}

/** What of a picture is in sight, or all of it. */
export interface Seen {
  lanes: readonly Lane[];
  strokes: readonly Stroke[];
  bars: readonly InLane<Bar>[];
  marks: readonly Mark[];
}

/** Those things that are of a reader who has a lane. */
export function placedIn<Thing extends { reader: string }>(
  lanes: readonly Lane[],
  things: readonly Thing[],
): InLane<Thing>[] {
  const laneOf = new Map(lanes.map((lane) => [lane.tag, lane]));
  return things.flatMap((one) => {
    const lane = laneOf.get(one.reader);
    return lane ? [{ one, lane }] : [];
  });
}

/** The style that gives a column the colour of its transport. */
export const accentOf = ({ transport }: Column): string =>
  transport ? `--accent: var(--${transport})` : '';

/** Whether what lasts from one time to another, or is not over, can be seen between two. */
export const isInSight = (from: number, to: number | undefined, since: number, until: number) =>
  from <= until && (to ?? Infinity) >= since;
