import type { Arrow, SpaceTime } from '../../protocol/drawn.ts';
import { say, type Words } from '../say.ts';
import { ms } from '../units.ts';
import { arrowText, closeText, shortText } from './captions.ts';
import { postedText } from './posted-text.ts';
import type { Lane } from './layout.ts';
import type { Count } from './strokes.ts';

/** Something written beside a line. */
export interface Label {
  key: string;
  x: number;
  y: number;
  /** Which part of it is at x. */
  anchor: 'start' | 'middle' | 'end';
  text: string;
  messages: readonly string[];
}

/** px that a line of text needs, and a character, also one that is as wide as it is high. */
const LINE = 13;
const CHARACTER = 6.7;
const WIDE_CHARACTER = 11.5;
/** px between two texts of one line. */
const GAP = 4;
/** px from the server's line to what is beside how long a message waited, where a lane is so wide. */
const BESIDE_WAITS = 86;
const ROOMY = 190;
/** How wide a picture must be for what was said. */
const WIDE = 460;

/**
 * What is written into a picture. Where two would lie upon each other, what was said goes before how
 * a connection ended, that, and what was refused, before how long a message waited, and that before how many there were; of
 * two alike the older one stays. It is told of all, whatever part is in sight.
 * @param y px from the origin of a time
 * @param textScale how much larger than usual the browser's text is
 */
export function labelsOf(
  { lanes, drawing, counts }: LabelledPicture,
  y: (time: number) => number,
  width: number,
  textScale: number,
  words: Words,
): Label[] {
  const isNarrow = width < WIDE * textScale;
  return lanes.flatMap((lane) => {
    const byRank = [
      isNarrow ? [] : wordsOf(drawing, lane, y, lanes.length > 2),
      [...endsOf(drawing, lane, y, words), ...refusalsOf(drawing, lane, y)],
      waitsOf(drawing, lane, y),
      countsOf(counts, lane, textScale, words),
    ];
    return legible(byRank, textScale);
  });
}

interface LabelledPicture {
  lanes: readonly Lane[];
  drawing: SpaceTime;
  counts: readonly Count[];
}

const of = <Thing extends { reader: string }>({ tag }: Lane, all: readonly Thing[]) =>
  all.filter(({ reader }) => reader === tag);
const inwards = ({ inward }: Lane) => (inward > 0 ? 'start' : 'end');
const outwards = ({ inward }: Lane) => (inward > 0 ? 'end' : 'start');

/** In the middle of a message's bar, or above one that is too short for it. */
function waitsOf({ bars }: SpaceTime, lane: Lane, y: (time: number) => number): Label[] {
  const waits = of(lane, bars).filter(({ kind }) => kind === 'wait');
  return waits.map(({ key, from, to = from, messages }) => {
    const [upper, lower] = [y(from), y(to)];
    return {
      key,
      x: lane.serverX - lane.inward * 21,
      y: lower - upper < 16 ? upper - 4 : (upper + lower) / 2 + 4,
      anchor: outwards(lane),
      text: ms(to - from),
      messages,
    };
  });
}

/** What was said, where its reader sent it; over a socket also where it was heard. */
function wordsOf(
  { arrows, marks }: SpaceTime,
  lane: Lane,
  y: (time: number) => number,
  isCrowded: boolean,
): Label[] {
  const label = (key: string, at: number, text: string, messages: readonly string[]): Label => ({
    key,
    x: lane.pageX + lane.inward * 12,
    y: at,
    anchor: inwards(lane),
    text: shortText(text, isCrowded ? 12 : 18),
    messages,
  });
  const isSaid = ({ kind, way }: Arrow) => kind === 'frame' && way === 'up';
  const over = of(lane, arrows).flatMap((arrow) => {
    const text = arrowText(arrow);
    const at = arrow.way === 'up' ? arrow.from : arrow.to;
    if (!text || at === undefined) return [];
    const beside = y(at) + (arrow.way === 'up' ? -5 : LINE - 1);
    return [label(`text ${arrow.key}`, beside, text, arrow.messages)];
  });
  if (arrows.some(isSaid)) return over;
  // A server of one's own does not tell what it put into its log: there it is what was posted.
  if (!marks.some(({ kind }) => kind === 'appended'))
    return of(lane, arrows).flatMap((arrow) => {
      const text = postedText(arrow);
      const at = arrow.from ?? arrow.to;
      if (!text || at === undefined) return [];
      return [label(`posted ${arrow.key}`, y(at) - 5, text, arrow.messages)];
    });
  const said = marks.flatMap(({ key, at, events: [event], messages }) =>
    event?.kind === 'appended' && event.sender === lane.name
      ? [label(`said ${key}`, y(at) - 6, event.text, messages)]
      : [],
  );
  return [...over, ...said];
}

/** Who ended a connection, below where that was. */
function endsOf(
  { marks }: SpaceTime,
  lane: Lane,
  y: (time: number) => number,
  words: Words,
): Label[] {
  const ends = of(lane, marks).filter(({ kind }) => kind === 'close');
  return ends.map((mark) => ({
    key: `end ${mark.key}`,
    x: lane.pageX + lane.inward * 12,
    y: y(mark.at) + LINE,
    anchor: inwards(lane),
    text: closeText(mark, words),
    messages: [],
  }));
}

/** The status of an answer that refuses, below where it came. */
function refusalsOf({ arrows }: SpaceTime, lane: Lane, y: (time: number) => number): Label[] {
  return of(lane, arrows).flatMap(({ key, from, to = from, events }) => {
    const refusal = events.find((event) => event.kind === 'response' && event.status >= 400);
    if (refusal?.kind !== 'response' || to === undefined) return [];
    return {
      key: `refused ${key}`,
      x: lane.pageX + lane.inward * 12,
      y: y(to) + LINE - 1,
      anchor: inwards(lane),
      text: `✕ ${refusal.status}`,
      messages: [],
    };
  });
}

/** How many were drawn as one: messages beside what they waited, what was empty in the middle. */
function countsOf(counts: readonly Count[], lane: Lane, textScale: number, words: Words): Label[] {
  const room = Math.abs(lane.pageX - lane.serverX) - 2 * GAP;
  const middle = (lane.pageX + lane.serverX) / 2;
  const beside = room > ROOMY ? lane.serverX - lane.inward * BESIDE_WAITS : middle;
  return counts
    .filter((count) => count.lane.tag === lane.tag)
    .map(({ key, kind, count, y }) => {
      const short = `${count}×`;
      const long = say(words, 'picture.count.empty', { count });
      const fits = kind === 'empty' && widthOf(long, textScale) < room;
      return {
        key,
        x: kind === 'full' ? beside : middle,
        y: y + 4,
        anchor: 'middle',
        text: fits ? long : short,
        messages: [],
      };
    });
}

/** As much of a text as there is room for, px. */
export function fitting(text: string, room: number, textScale: number): string {
  const most = Array.from(text).findLastIndex(
    (_, place, all) => widthOf(all.slice(0, place + 1).join(''), textScale) <= room,
  );
  return shortText(text, most + 1);
}

/** px that a text is wide, or a little less. */
function widthOf(text: string, textScale: number): number {
  let width = 0;
  for (const character of text) width += character > '\u2e7f' ? WIDE_CHARACTER : CHARACTER;
  return width * textScale;
}

/** The labels of one lane that leave each other room: those of the first kind first, of a kind the oldest. */
function legible(byRank: readonly (readonly Label[])[], textScale: number): Label[] {
  const line = LINE * textScale;
  const boxOf = ({ x, anchor, text }: Label) => {
    const width = widthOf(text, textScale);
    const left = anchor === 'start' ? x : anchor === 'end' ? x - width : x - width / 2;
    return { left: left - GAP / 2, right: left + width + GAP / 2 };
  };
  /** What is there already, by the line that it is on: only three of them can be too near. */
  const there = new Map<number, { y: number; left: number; right: number }[]>();
  return byRank.flatMap((labels) =>
    labels
      .toSorted((one, other) => one.y - other.y)
      .filter((label) => {
        const { left, right } = boxOf(label);
        const row = Math.floor(label.y / line);
        const isFree = [row - 1, row, row + 1].every((place) =>
          (there.get(place) ?? []).every(
            (one) => Math.abs(one.y - label.y) >= line || one.right <= left || right <= one.left,
          ),
        );
        if (isFree) there.set(row, [...(there.get(row) ?? []), { y: label.y, left, right }]);
        return isFree;
      }),
  );
}
