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
  /** Questions that were asked and connections that were begun. */
  requests: number;
  /** Bytes both ways, heads and framing included; undefined where nobody counted them. */
  bytes: number | undefined;
}

/** Why a transport is not among those that the scenario can use. */
export type Out = 'lost' | 'lacking' | 'repeated' | 'slow';

export interface Verdict {
  /** Each that is out, by the first reason that holds. */
  out: Readonly<Record<string, Out>>;
  /** Everyone who is left has had enough messages to be judged: without that there is no best. */
  enough: boolean;
  /** The best of those that are left: several where the rule does not tell them apart. */
  best: readonly string[];
  /** By what the best was found; undefined where there is none. */
  by: 'bytes' | 'requests' | undefined;
  /** Who would be best without the best; undefined where nobody is left. */
  next: RunnerUp | undefined;
}

/** Who comes second, and by what it is behind: its cost, or, where costs are too near, its requests. */
export interface RunnerUp {
  transports: readonly string[];
  by: 'bytes' | 'requests';
  /** The best's, and this one's: bytes for each delivered message, or requests. */
  best: number;
  own: number;
}

/** Messages without which a p95 says nothing. */
export const LEAST_MESSAGES = 5;
/** Two costs that differ by no more than this part are the same. */
const NEAR = 0.1;
/** The part of all messages that may be late, as the p95 lets it. */
const FEW = 0.05;

/**
 * The rule of the page. Out is who lost or repeated a message, whose p95 is over `need`, or who has
 * not yet had more than one in twenty of those that are older than it. Of the others, the one with the
 * fewest bytes for each delivered message is best; within a tenth of it, the one with the fewest
 * requests; who has as many is as good. Second is who is best, by the same rule, of the rest.
 * Nobody is best before every transport still in has LEAST_MESSAGES.
 * @param need ms
 */
export function verdictOf(scores: readonly Score[], need: number): Verdict {
  const out: Record<string, Out> = {};
  for (const score of scores) {
    const why = whyOut(score, need);
    if (why) out[score.transport] = why;
  }
  const left = scores.filter(({ transport }) => !(transport in out));
  const enough = left.every(({ delivered }) => delivered >= LEAST_MESSAGES);
  const best = enough ? bestOf(left) : { scores: [], by: undefined };
  return {
    out,
    enough,
    best: best.scores.map(({ transport }) => transport),
    by: best.by,
    next: enough ? runnerUp(left, best.scores) : undefined,
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

function bestOf(left: readonly Score[]): { scores: readonly Score[]; by: Verdict['by'] } {
  const near = left.filter((score) => isNear(score, left));
  const fewest = Math.min(...near.map(({ requests }) => requests));
  const scores = near.filter(({ requests }) => requests === fewest);
  return { scores, by: near.length > 1 ? 'requests' : near.length ? 'bytes' : undefined };
}

/** Whether one costs no more than the cheapest of all, or too little more to tell them apart. */
function isNear(score: Score, all: readonly Score[]): boolean {
  if (all.some(({ bytes }) => bytes === undefined)) return true;
  return cost(score) <= Math.min(...all.map(cost)) * (1 + NEAR);
}

function runnerUp(left: readonly Score[], best: readonly Score[]): RunnerUp | undefined {
  const rest = bestOf(left.filter((score) => !best.includes(score))).scores;
  const [first] = best;
  const [second] = rest;
  if (!first || !second) return undefined;
  const transports = rest.map(({ transport }) => transport);
  return isNear(second, left)
    ? { transports, by: 'requests', best: first.requests, own: second.requests }
    : { transports, by: 'bytes', best: cost(first), own: Math.min(...rest.map(cost)) };
}

/** Bytes for each delivered message. */
export const cost = ({ bytes = Infinity, delivered }: Score): number =>
  delivered ? bytes / delivered : Infinity;
