/** What was counted of one transport in a run. */
export interface Score {
  transport: string;
  /** Messages that its reader has, each once. */
  delivered: number;
  /** Messages that were sent long enough ago and are not there. */
  lacking: number;
  /** Lost for good, as it was told; null: it is not known how many. */
  missed: number | null;
  repeated: number;
  /** ms; undefined while nothing was measured. */
  p50: number | undefined;
  p95: number | undefined;
  requests: number;
  /** Bytes both ways, heads and framing included; undefined where nobody counted them. */
  bytes: number | undefined;
}

/** Why a transport is not among those that the scenario can use. */
export type Out = 'lost' | 'lacking' | 'repeated' | 'slow';

export interface Verdict {
  /** Each that is out, by the first reason that holds. */
  out: Readonly<Record<string, Out>>;
  /** Those that are left, the best first. */
  order: readonly string[];
  /** The best, and those whose cost is too near to its to tell them apart. */
  best: readonly string[];
  /** By what the best was found; undefined where nobody is left. */
  by: 'bytes' | 'requests' | undefined;
}

/** Messages without which a p95 says nothing. */
export const LEAST_MESSAGES = 5;
/** Two costs that differ by no more than this part are the same. */
const NEAR = 0.1;
/** The part of all messages that may be late, as the p95 lets it. */
const FEW = 0.05;

/**
 * The rule of the page. Out is who lost or repeated a message, whose p95 is over `need`, or who has
 * not yet had more than one in twenty of those that are older than it. Of the others, the one with the fewest bytes for each delivered message is
 * best; within a tenth of it, the one with the fewest requests; who has as many is as good.
 * undefined before every transport still in has LEAST_MESSAGES.
 * @param need ms
 */
export function verdictOf(scores: readonly Score[], need: number): Verdict | undefined {
  const out: Record<string, Out> = {};
  for (const score of scores) {
    const why = whyOut(score, need);
    if (why) out[score.transport] = why;
  }
  const left = scores.filter(({ transport }) => !(transport in out));
  if (left.some(({ delivered }) => delivered < LEAST_MESSAGES)) return undefined;
  const many = left.every(({ bytes }) => bytes !== undefined);
  const order = left.toSorted((one, other) =>
    many ? cost(one) - cost(other) : one.requests - other.requests,
  );
  const [first] = order;
  if (!first) return { out, order: [], best: [], by: undefined };
  const near = many ? order.filter((score) => cost(score) <= cost(first) * (1 + NEAR)) : order;
  const fewest = Math.min(...near.map(({ requests }) => requests));
  const best = near.filter(({ requests }) => requests === fewest);
  return {
    out,
    order: order.map(({ transport }) => transport),
    best: best.map(({ transport }) => transport),
    by: near.length > 1 ? 'requests' : 'bytes',
  };
}

function whyOut(
  { delivered, missed, lacking, repeated, p95 }: Score,
  need: number,
): Out | undefined {
  if (missed !== 0) return 'lost';
  if (repeated > 0) return 'repeated';
  if (p95 !== undefined && p95 > need) return 'slow';
  return lacking > (delivered + lacking) * FEW ? 'lacking' : undefined;
}

/** Bytes for each delivered message. */
export const cost = ({ bytes = Infinity, delivered }: Score): number =>
  delivered ? bytes / delivered : Infinity;
