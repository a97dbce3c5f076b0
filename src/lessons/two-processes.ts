import { parsePair } from '../protocol/views.ts';
import type { Said } from './claim.ts';

/** Two processes of one server: each with a list or layer of its own, or with a layer over Redis. */
export type Need = 'processes' | 'redis';

/** Where the pair of this project's own server has each. */
const LAYER: Record<Need, string> = { processes: 'memory', redis: 'pubsub' };

/** ms in which two processes start. */
const START = 15_000;

type Found = { url: string; other: string } | { skipped: Said };

/**
 * Finds the two processes that a claim needs: those that were named, or the pair that a server of
 * this project's has, which is started. Where there are none, says why. A claim that needs none has
 * the same process twice.
 */
export async function twoProcesses(
  need: Need | undefined,
  url: string,
  other?: string,
): Promise<Found> {
  if (!need) return { url, other: url };
  if (other !== undefined) return { url, other };
  try {
    const pair = await askPair('GET', url);
    if (!pair) return { skipped: ['claim.skipped.other'] };
    if (!pair.allowed) return { skipped: ['claim.skipped.elsewhere'] };
    if (!pair.layers.includes(LAYER[need])) return { skipped: ['claim.skipped.redis'] };
    if (!(await askPair('POST', url))) return { skipped: ['claim.skipped.start'] };
  } catch {
    return { skipped: ['claim.skipped.start'] };
  }
  const at = (member: string) => `${url}/pair/${member}/${LAYER[need]}`;
  return { url: at('a'), other: at('b') };
}

/** The pair of a server, or undefined where it has none. */
async function askPair(method: string, url: string) {
  const asked = { method, signal: AbortSignal.timeout(START), cache: 'no-store' } as const;
  const response = await fetch(`${url}/live/pair`, asked);
  if (!response.ok) return undefined;
  const pair = parsePair(await response.json().catch(() => undefined));
  return pair.ok ? pair.value : undefined;
}
