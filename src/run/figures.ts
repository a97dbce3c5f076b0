import { quantile } from '../protocol/clock.ts';
import { inOneOrder } from '../protocol/one-order.ts';
import type { Bar } from '../protocol/drawn.ts';
import { spaceTime } from '../protocol/space-time.ts';
import type { WireEvent } from '../protocol/wire.ts';
import type { Run } from './run.ts';

/** What can be said of a run in numbers, by name. Times are ms, sizes bytes. */
export const FIGURES = {
  /** Requests for messages, and those of them that were answered with none. */
  questions: ({ events }) => requests(events, 'GET').length,
  empty: ({ picture }) =>
    picture.arrows.filter(({ kind, isIdle }) => kind === 'response' && isIdle).length,
  /** Messages sent. */
  sent: ({ events }) =>
    requests(events, 'POST').filter(({ target }) => target.includes('/messages')).length +
    events.filter(
      (event) =>
        event.side === 'server' &&
        event.kind === 'frame' &&
        event.way === 'up' &&
        event.opcode === 1,
    ).length,
  /** Messages of the log as each reader has had them, and how long they waited for that. */
  delivered: ({ picture }) => waits(picture.bars).length,
  'delay-median': ({ picture }) => quantile(waits(picture.bars), 0.5),
  'delay-longest': ({ picture }) => most(waits(picture.bars)),
  /** Requests that were held, and the longest time of one. */
  held: ({ picture }) => picture.bars.filter(({ kind }) => kind === 'held').length,
  'held-longest': ({ picture }) =>
    most(lengths(picture.bars.filter(({ kind }) => kind === 'held'))),
  'held-in-vain': ({ picture }) =>
    picture.bars.filter(({ kind, because }) => kind === 'held' && because === 'time').length,
  /** WebSockets and event streams that were opened. */
  connections: ({ picture }) => picture.bars.filter(({ kind }) => kind === 'open').length,
  /** Frames with text, each way. */
  'frames-up': ({ events }) => frames(events, 'up').length,
  'frames-down': ({ events }) => frames(events, 'down').length,
  /** Bytes of a frame that are not its text, at most. */
  'frame-overhead': ({ events }) =>
    most(
      [...frames(events, 'up'), ...frames(events, 'down')].map(
        ({ bytes, content }) => (bytes?.length ?? content) - content,
      ),
    ),
  /** Bytes of a request's head and of a response's: the middle one of each. */
  'request-head': ({ events }) => quantile(heads(events, 'request'), 0.5),
  'response-head': ({ events }) => quantile(heads(events, 'response'), 0.5),
  /** Bytes of the heads of all that was asked in vain, there and back. */
  'empty-bytes': ({ events, picture }) => {
    const idle = picture.arrows.filter(({ kind, isIdle }) => kind === 'response' && isIdle);
    const keys = new Set(idle.flatMap((arrow) => arrow.events.map(exchangeOf)));
    return sum(
      events
        .filter((event) => event.side === 'server' && keys.has(exchangeOf(event)))
        .map((event) => ('head' in event ? (event.head?.length ?? 0) : 0)),
    );
  },
  /** How long it was. */
  seconds: ({ events }) => {
    const page = events.filter(({ side }) => side === 'page').map(({ at }) => at);
    return (Math.max(...page) - Math.min(...page)) / 1000;
  },
} as const satisfies Record<string, (drawn: Drawn) => number | undefined>;

export type FigureName = keyof typeof FIGURES;

interface Drawn {
  events: readonly WireEvent[];
  picture: ReturnType<typeof spaceTime>;
}

/** A figure of a run; undefined where the run has nothing of it. */
export function figureOf(run: Run, name: FigureName): number | undefined {
  const picture = spaceTime(inOneOrder(run.events, run.clock));
  return FIGURES[name]({ events: run.events, picture });
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
const most = (values: readonly number[]) => (values.length ? Math.max(...values) : undefined);
const exchangeOf = ({ reader, exchange }: WireEvent) => `${reader} ${exchange}`;

const requests = (events: readonly WireEvent[], method: string) =>
  events.filter(
    (event): event is WireEvent & { kind: 'request' } =>
      event.side === 'server' && event.kind === 'request' && event.method === method,
  );

const frames = (events: readonly WireEvent[], way: 'up' | 'down') =>
  events.filter(
    (event): event is WireEvent & { kind: 'frame' } =>
      event.side === 'server' && event.kind === 'frame' && event.way === way && event.opcode === 1,
  );

const heads = (events: readonly WireEvent[], kind: 'request' | 'response') =>
  events.flatMap((event) =>
    event.side === 'server' && event.kind === kind && event.head ? [event.head.length] : [],
  );

const lengths = (bars: readonly Bar[]) =>
  bars.flatMap(({ from, to }) => (to === undefined ? [] : [to - from]));

const waits = (bars: readonly Bar[]) => lengths(bars.filter(({ kind }) => kind === 'wait'));
