import type { Arrow } from '../../protocol/drawn.ts';
import type { Lane } from './layout.ts';

/** What is drawn for an arrow, or for several that are too near to each other to be told apart. */
export interface Stroke {
  /** Of the arrow that it is drawn as; a press opens that one. */
  arrow: Arrow;
  lane: Lane;
  /** The keys of all that it stands for, and the messages that those are about. */
  keys: readonly string[];
  messages: readonly string[];
  /** px; y from the origin. */
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  /** One of its ends was seen by nobody, and is a guess. */
  isGuess: boolean;
  end: 'head' | 'empty' | 'lost' | 'none';
  /** `full` carries something, `plain` does not; of many `faint` ones nothing is told but how many. */
  weight: 'full' | 'plain' | 'faint';
}

/** How many things are drawn as one: messages on one stroke, or empty answers over a stretch. */
export interface Count {
  key: string;
  lane: Lane;
  kind: 'full' | 'empty';
  count: number;
  /** px from the origin. */
  y: number;
}

export interface Strokes {
  strokes: readonly Stroke[];
  counts: readonly Count[];
}

/** px: both ends of two arrows nearer than this, and they are drawn as one there and one back. */
const NEAR = 6;
/** px that one there and one back are kept apart at the end where the first began. */
const APART = 5;
/** px: idle questions nearer than this to each other lose their own lines, and are counted. */
const CROWDED = 12;
/** Of fewer the count is seen at a glance. */
const LEAST_COUNTED = 3;

/** Arrows of one lane that are near to each other, the oldest first. */
interface Bundle {
  all: Stroke[];
  top: number;
}

/**
 * All arrows of a picture as they are drawn at a scale. What is near is told from the oldest on, so
 * that nothing that is drawn changes when more happens after it, whatever part is in sight.
 * @param y px from the origin of a time
 */
export function strokesOf(
  lanes: readonly Lane[],
  arrows: readonly Arrow[],
  y: (time: number) => number,
): Strokes {
  const strokes: Stroke[] = [];
  const counts: Count[] = [];
  for (const lane of lanes) {
    const mine = arrows.filter(({ reader }) => reader === lane.tag);
    const bundles = bundlesOf(mine.map((arrow) => strokeOf(arrow, lane, y)));
    for (const run of runsOf(bundles)) {
      const [first] = run;
      if (!first) continue;
      if (run.length < LEAST_COUNTED) {
        for (const bundle of run) {
          const { drawn, count } = thereAndBack(bundle);
          strokes.push(...drawn);
          counts.push(...count);
        }
        continue;
      }
      strokes.push(...run.map(asTrace));
      const answers = run.flatMap(({ all }) => all.filter(({ arrow }) => arrow.way === 'down'));
      counts.push({
        key: `count ${first.all[0]?.arrow.key}`,
        lane,
        kind: 'empty',
        count: answers.length,
        y: (first.top + (run.at(-1)?.top ?? first.top)) / 2,
      });
    }
  }
  return { strokes, counts };
}

/**
 * An arrow between the lines of its reader and the server. What nobody saw arrive ends half way where
 * it was lost or is on its way, else it is drawn level: no clock tells how long it took.
 */
export function strokeOf(arrow: Arrow, lane: Lane, y: (time: number) => number): Stroke {
  const { from, to, way, isLost, isIdle, kind, key, messages } = arrow;
  const [start, end] = way === 'up' ? [lane.pageX, lane.serverX] : [lane.serverX, lane.pageX];
  const isGuess = from === undefined || to === undefined;
  const isShort = to === undefined && (isLost || kind === 'request');
  return {
    arrow,
    lane,
    keys: [key],
    messages,
    x1: start,
    y1: y(from ?? to ?? 0),
    x2: isShort ? (start + end) / 2 : end,
    y2: y(to ?? from ?? 0),
    isGuess,
    end: isLost ? 'lost' : isShort ? 'none' : isIdle ? 'empty' : 'head',
    weight: messages.length > 0 || (kind === 'frame' && !isIdle) ? 'full' : 'plain',
  };
}

const topOf = ({ y1, y2 }: Stroke) => Math.min(y1, y2);
const isShort = ({ end }: Stroke) => end === 'lost' || end === 'none';
/** y at the page's line, and at the server's. */
const endsOf = ({ arrow, y1, y2 }: Stroke) =>
  arrow.way === 'up' ? { page: y1, server: y2 } : { page: y2, server: y1 };

function bundlesOf(all: readonly Stroke[]): Bundle[] {
  const bundles: Bundle[] = [];
  for (const stroke of all.toSorted((one, other) => topOf(one) - topOf(other))) {
    const bundle = bundles.at(-1);
    const [first] = bundle?.all ?? [];
    if (bundle && first && areNear(first, stroke)) bundle.all.push(stroke);
    else bundles.push({ all: [stroke], top: topOf(stroke) });
  }
  return bundles;
}

function areNear(one: Stroke, other: Stroke): boolean {
  if (isShort(one) || isShort(other)) return false;
  const [its, others] = [endsOf(one), endsOf(other)];
  return Math.abs(its.page - others.page) < NEAR && Math.abs(its.server - others.server) < NEAR;
}

/** Idle bundles that follow each other closely, together; every other one by itself. */
function runsOf(bundles: readonly Bundle[]): Bundle[][] {
  const runs: Bundle[][] = [];
  let before: Bundle | undefined;
  for (const bundle of bundles) {
    const last = before?.all.at(-1);
    const follows = last && bundle.top - topOf(last) < CROWDED;
    if (follows && before && isIdle(before) && isIdle(bundle)) runs.at(-1)?.push(bundle);
    else runs.push([bundle]);
    before = bundle;
  }
  return runs;
}

/** Questions, and answers that say nothing. */
const isIdle = ({ all }: Bundle) =>
  all.some(({ arrow }) => arrow.isIdle) &&
  all.every(({ arrow, end, weight }) =>
    arrow.way === 'up' ? arrow.kind === 'request' && weight === 'plain' : end === 'empty',
  );

/** One stroke each way at most, kept apart where the first of them began: a question and its answer. */
function thereAndBack({ all }: Bundle): { drawn: Stroke[]; count: Count[] } {
  const [first] = all;
  if (!first) return { drawn: [], count: [] };
  const of = (way: Arrow['way']) => all.filter(({ arrow }) => arrow.way === way);
  const [up, down] = [together(of('up')), together(of('down'))];
  const count = messagesIn(all);
  const [one, other] = first.arrow.way === 'up' ? [up, down] : [down, up];
  const drawn = [one, other].filter((stroke) => stroke !== undefined);
  if (one && other) {
    const lacks = Math.max(0, APART - (other.y2 - one.y1)) / 2;
    one.y1 -= lacks;
    other.y2 += lacks;
  }
  const y = drawn.reduce((sum, { y1, y2 }) => sum + y1 + y2, 0) / (2 * drawn.length);
  const { lane, arrow } = first;
  return {
    drawn,
    count: count > 1 ? [{ key: `count ${arrow.key}`, lane, kind: 'full', count, y }] : [],
  };
}

/** How many messages cross: those that are known by name, or as many texts as go one way. */
function messagesIn(all: readonly Stroke[]): number {
  const nameless = all.filter(({ weight, messages }) => weight === 'full' && !messages.length);
  const up = nameless.filter(({ arrow }) => arrow.way === 'up').length;
  return Math.max(standsFor(all).messages.length, up, nameless.length - up);
}

/** As the first that carries something, or else the first. */
function together(all: readonly Stroke[]): Stroke | undefined {
  const lead = all.find(({ weight }) => weight === 'full') ?? all[0];
  return lead && { ...lead, ...standsFor(all) };
}

function asTrace({ all }: Bundle): Stroke {
  const lead = all.find(({ arrow }) => arrow.isIdle) ?? all[0];
  if (!lead) throw new TypeError('A bundle is never empty.');
  return { ...lead, ...standsFor(all), end: 'none', weight: 'faint' };
}

const standsFor = (all: readonly Stroke[]) => ({
  keys: all.flatMap(({ keys }) => keys),
  messages: [...new Set(all.flatMap(({ messages }) => messages))],
});
