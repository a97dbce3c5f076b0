import * as z from 'zod/mini';
import type { ClockEstimate } from '../protocol/clock.ts';
import { CLEAR, type Conditions, parseConditions } from '../protocol/conditions.ts';
import { OPCODES } from '../protocol/frame.ts';
import { parseJson } from '../protocol/parse.ts';
import { MOST_SHOWN, RELEASED, type WireEvent } from '../protocol/wire.ts';

/** A run of a demo as it is kept in a `.wire.json` file: all that is drawn of it, and where it is from. */
export interface Run {
  schema: typeof SCHEMA;
  version: typeof VERSION;
  /** The slug of the lesson, or of the lab in it, that it is of. */
  lesson: string;
  /** When it began, ISO 8601. */
  recordedAt: string;
  /** The browser that it ran in, as in its User-Agent. */
  browser: string;
  /** Who took part: tags as in the events, and names. */
  readers: { tag: string; name: string }[];
  /** How far the server's clock was ahead of the page's. */
  clock: ClockEstimate;
  /** All of both sides, each in its own order. */
  events: WireEvent[];
}

export const SCHEMA = 'on-the-wire/run';
export const VERSION = 1;

/** Bytes of a file, and events in it, that are read. */
export const MOST_BYTES = 24_000_000;
const MOST_EVENTS = 5_000;

/** Why a file is not drawn. `damaged` says where. */
export type Fault = { why: 'huge' | 'foreign' | 'newer' } | { why: 'damaged'; where: string };

export type ReadRun = { ok: true; run: Run } | { ok: false; fault: Fault };

const count = z.int().check(z.nonnegative());
const text = (most: number) => z.string().check(z.maxLength(most));
const bytes = z.object({
  length: count,
  base64: text(Math.ceil(MOST_SHOWN / 3) * 4).check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/)),
});
const whence = {
  side: z.enum(['server', 'page']),
  at: z.number(),
  sequence: count,
  reader: text(64),
  exchange: count,
  carries: z.exactOptional(z.array(text(200)).check(z.maxLength(1_000))),
  text: z.exactOptional(text(10_000)),
};
const conditions = z.pipe(
  z.unknown(),
  z.transform((json, { issues }): Conditions => {
    const parsed = parseConditions(json);
    if (parsed.ok) return parsed.value;
    issues.push({ code: 'custom', input: json, message: parsed.detail });
    return CLEAR;
  }),
);
const of = <Kind extends string, Shape extends z.core.$ZodLooseShape>(kind: Kind, shape: Shape) =>
  z.extend(z.object({ ...whence, kind: z.literal(kind) }), shape);
const many = { many: count };
const moved = { place: z.enum(['list', 'group']), ...many };

/** One event: the same union as `WireEvent`, to the letter. */
export const wireEvent = z.discriminatedUnion('kind', [
  of('request', {
    method: text(20),
    target: text(16_384),
    head: z.exactOptional(bytes),
    body: z.exactOptional(bytes),
  }),
  of('response', { status: count, head: z.exactOptional(bytes) }),
  of('upgrade', { head: z.exactOptional(bytes) }),
  of('chunk', { content: count, bytes: z.exactOptional(bytes) }),
  of('end', { bytes: z.exactOptional(bytes) }),
  of('frame', {
    way: z.enum(['up', 'down']),
    opcode: z.enum(OPCODES),
    content: count,
    bytes: z.exactOptional(bytes),
  }),
  of('close', {
    by: z.enum(['client', 'server', 'conditions']),
    clean: z.boolean(),
    code: z.exactOptional(count),
    reason: z.exactOptional(text(200)),
  }),
  of('held', {}),
  of('released', { because: z.enum(RELEASED) }),
  of('appended', { message: text(200), sender: text(200), text: text(10_000) }),
  of('queued', many),
  of('acknowledged', many),
  of('joined', moved),
  of('left', moved),
  of('conditions', { conditions }),
  of('dropped', many),
]);

const run = z.object({
  schema: z.literal(SCHEMA),
  version: z.literal(VERSION),
  lesson: text(40).check(z.regex(/^[a-z.-]+$/)),
  recordedAt: z.iso.datetime(),
  browser: text(300),
  readers: z
    .array(z.object({ tag: text(64), name: text(80) }))
    .check(z.minLength(1), z.maxLength(300)),
  clock: z.object({ offset: z.number(), error: z.number().check(z.nonnegative()) }),
  events: z.array(wireEvent).check(z.maxLength(MOST_EVENTS)),
});

/** Reads what somebody says is a run; says why it is not, and never throws. */
export function readRun(file: string): ReadRun {
  if (file.length > MOST_BYTES) return { ok: false, fault: { why: 'huge' } };
  return runIn(parseJson(file));
}

/** As `readRun`, from JSON that was parsed. */
export function runIn(json: unknown): ReadRun {
  const known = z.safeParse(z.object({ schema: z.literal(SCHEMA), version: z.number() }), json);
  if (!known.success) return { ok: false, fault: { why: 'foreign' } };
  if (known.data.version > VERSION) return { ok: false, fault: { why: 'newer' } };
  const read = z.safeParse(run, json);
  if (read.success) return whereOnce(read.data);
  const [issue] = read.error.issues;
  if (issue?.code === 'too_big' && issue.path.join() === 'events')
    return { ok: false, fault: { why: 'huge' } };
  return { ok: false, fault: { why: 'damaged', where: issue?.path.join('.') || '?' } };
}

/** A run in which nobody and no event stands twice: they are known by tag, and by side and sequence. */
function whereOnce(read: Run): ReadRun {
  const tags = read.readers.map(({ tag }) => tag);
  if (new Set(tags).size < tags.length)
    return { ok: false, fault: { why: 'damaged', where: 'readers' } };
  const known = new Set<string>();
  for (const [place, { side, sequence }] of read.events.entries()) {
    if (known.has(`${side} ${sequence}`))
      return { ok: false, fault: { why: 'damaged', where: `events.${place}.sequence` } };
    known.add(`${side} ${sequence}`);
  }
  return { ok: true, run: read };
}

/** A run as the text of its file: one event a line. */
export function writeRun({ events, ...rest }: Run): string {
  const lines = Object.entries(rest).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  const all = events.map((event) => `    ${JSON.stringify(event)}`).join(',\n');
  return ['{', ...lines, `  "events": [\n${all}\n  ]`, '}', ''].join('\n');
}
