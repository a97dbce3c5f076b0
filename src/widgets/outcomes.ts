import { parseJson, isRecord } from '../protocol/parse.ts';
import { always, keep, recall } from './keep.ts';

/** What was predicted of a lesson's demo, and what a run of it showed. */
export interface Outcome {
  /** The choice that was made before the run. */
  chosen: string;
  /** The one that the run showed to be so. */
  outcome: string;
  /** What was measured, in the words of the page's language then. */
  measured: string;
}

/** Keeps the newest outcome of a lesson, in this browser alone. */
export function keepOutcome(slug: string, outcome: Outcome): void {
  keep(always, `${slug}.outcome`, JSON.stringify(outcome));
}

/** The newest outcome of a lesson; undefined where nothing was predicted, or nothing shown. */
export function recallOutcome(slug: string): Outcome | undefined {
  const kept = parseJson(recall(always, `${slug}.outcome`, ''));
  if (!isRecord(kept)) return undefined;
  const { chosen, outcome, measured } = kept;
  return typeof chosen === 'string' && typeof outcome === 'string' && typeof measured === 'string'
    ? { chosen, outcome, measured }
    : undefined;
}
