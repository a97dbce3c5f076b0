import { z } from 'astro/zod';
import json from '../../../content/pages/side-by-side/cost.json';

/** What `npm run cost` has measured; bench/cost.mjs writes it. */
const Measured = z.object({
  date: z.string(),
  machine: z.string(),
  node: z.string(),
  /** ms from one question of a poll to the next. */
  interval: z.number(),
  messages: z.number(),
  rows: z.array(
    z.object({
      transport: z.string(),
      readers: z.number(),
      /** KiB a reader; null where too few readers are there to tell. */
      memory: z.number().nullable(),
      /** µs a delivered message. */
      cpu: z.number(),
      /** Requests a second while nothing is said. */
      idle: z.number(),
    }),
  ),
});

export const measured = Measured.parse(json);
export type CostRow = (typeof measured.rows)[number];
export type CostFigure = 'memory' | 'cpu' | 'idle';

const WIDTH = 300;
const HEIGHT = 190;
const EDGE = { left: 54, right: 18, top: 10, bottom: 26 };
/** Between two numbers below the chart, at least. */
const ROOM = 36;

/** A figure over the number of readers, both logarithmic, as lines in a box of WIDTH × HEIGHT. */
export function costChart(figure: CostFigure, transports: readonly string[]) {
  const values = measured.rows.flatMap(({ [figure]: value }) => (value ? [value] : []));
  const decade = (value: number, round: (value: number) => number) => round(Math.log10(value));
  const [low, high] = [
    decade(Math.min(...values), Math.floor),
    decade(Math.max(...values), Math.ceil),
  ];
  const readers = [...new Set(measured.rows.map((row) => row.readers))].sort((a, b) => a - b);
  const [first = 1, last = 1] = [readers[0], readers.at(-1)];
  const x = (value: number) =>
    EDGE.left +
    (Math.log(value / first) / Math.log(last / first)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (value: number) =>
    HEIGHT -
    EDGE.bottom -
    ((Math.log10(value) - low) / Math.max(1, high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  return {
    width: WIDTH,
    height: HEIGHT,
    ticks: Array.from({ length: high - low + 1 }, (_, place) => {
      const value = 10 ** (low + place);
      return { value, y: y(value) };
    }),
    readers: legible(readers.map((value) => ({ value, x: x(value) }))),
    left: EDGE.left,
    lines: transports.map((transport) => ({
      transport,
      // A logarithm has no nought: what is none is not drawn, and stands in the table.
      points: measured.rows
        .filter((row) => row.transport === transport && row[figure])
        .map((row) => ({ x: x(row.readers), y: y(row[figure] ?? 1) })),
    })),
  };
}

/** From the last on, those that leave each other room. */
function legible<Place extends { x: number }>(places: readonly Place[]): Place[] {
  let after = Infinity;
  return places.toReversed().filter(({ x }) => {
    if (after - x < ROOM) return false;
    after = x;
    return true;
  });
}
