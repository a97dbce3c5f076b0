import { type Need, twoProcesses } from './two-processes.ts';

/** One sentence of a verdict: a key of content/ui/*.json and the values it names. */
export type Said = readonly [key: string, values?: Record<string, string | number>];

/** What a check found: what the claim expects, and what came. */
export interface Verdict {
  passed: boolean;
  expected: Said;
  came: Said;
  /** It failed because nothing came in time. */
  timedOut?: true;
  /** It was not run, since what it needs is not there: why. */
  skipped?: Said;
}

/** What a check may use: nothing but the public contract of the server at `url`, and a clock. */
export interface ClaimContext {
  /** The server, such as `http://127.0.0.1:8000`, without a slash at its end. */
  url: string;
  /** Another process of the same server, for a claim that needs two; else `url` again. */
  other: string;
  /** A room that nobody else uses. */
  room: string;
  signal: AbortSignal;
}

export const verdict = (passed: boolean, expected: Said, came: Said): Verdict => ({
  passed,
  expected,
  came,
});

/**
 * Something that a lesson says about its transport, and the one check of it: for the page, the
 * tests and the command line alike. The words are in content/ui, under `<slug>.claim.<id>`.
 */
export interface Claim {
  id: string;
  /** What it cannot be checked without; without it the check is skipped. */
  needs?: Need;
  check(context: ClaimContext): Promise<Verdict>;
}

/** A check that takes longer than this many ms has failed. */
const PATIENCE = 10_000;

/** What has not come after this many ms is missing: a check says so, and does not wait for more. */
export const SOON = 3_000;

/** What a promise resolves with, or undefined where it has not after SOON ms. */
export function soon<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(late.resolve, SOON, undefined);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/**
 * Runs one claim against a server. An exception, such as a server that cannot be reached or an
 * answer outside the contract, is a failed verdict, not an error.
 * @param other another process of the same server, where there is one
 */
export async function runClaim(claim: Claim, url: string, other?: string): Promise<Verdict> {
  const two = await twoProcesses(claim.needs, url, other);
  if ('skipped' in two)
    return { passed: false, expected: ['claim.answer'], came: two.skipped, skipped: two.skipped };
  const patience = AbortSignal.timeout(PATIENCE);
  const over = new AbortController();
  const signal = AbortSignal.any([patience, over.signal]);
  try {
    return await claim.check({ ...two, room: randomRoom(), signal });
  } catch (error) {
    if (patience.aborted)
      return {
        passed: false,
        expected: ['claim.answer'],
        came: ['claim.timeout', { seconds: PATIENCE / 1000 }],
        timedOut: true,
      };
    if (error instanceof Unexpected)
      return { passed: false, expected: error.expected, came: error.came };
    // Node says only "fetch failed", and why in the cause.
    const { cause } = Object(error) as { cause?: unknown };
    const told = cause instanceof Error ? cause : error;
    const words = told instanceof Error ? told.message : String(told);
    return { passed: false, expected: ['claim.answer'], came: ['claim.error', { words }] };
  } finally {
    over.abort(); // a check that failed in the middle has left something open
  }
}

/** Thrown inside a check at the first thing that differs. */
export class Unexpected extends Error {
  readonly expected: Said;
  readonly came: Said;

  constructor(expected: Said, came: Said) {
    super(expected[0]);
    this.expected = expected;
    this.came = came;
  }
}

/** A room's name that cannot be guessed; needs no secure context. */
export function randomRoom(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  return Array.from(bytes, (byte) => byte.toString(36).padStart(2, '0')).join('');
}
