import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { type PairView, parsePair } from '../../src/protocol/views.ts';

export { childrenOf } from '../support/children.ts';

/** What visitors may do to the pair of the server at `url`. */
export function pairAt(url: string) {
  const status = async () => viewIn(await fetch(`${url}/live/pair`));
  const post = (path = '', headers: Record<string, string> = {}) =>
    fetch(`${url}/live/pair${path}`, { method: 'POST', headers });
  return {
    status,
    post,
    /** Starts it; its status once both are up. */
    start: async () => viewIn(await post()),
    /** Resolves with the status in which a member is as it should be. */
    async becomes(name: 'a' | 'b', state: PairView['members']['a']['state']): Promise<PairView> {
      await expect
        .poll(async () => (await status()).members[name].state, { timeout: 15_000 })
        .toBe(state);
      return status();
    },
  };
}

async function viewIn(response: Response): Promise<PairView> {
  const text = await response.text();
  const parsed = parsePair(JSON.parse(text));
  if (!parsed.ok) throw new Error(`${response.status} ${text}`);
  return parsed.value;
}

/** The ids of a status's processes. */
export const pidsOf = ({ members: { a, b } }: PairView) => [a.pid ?? 0, b.pid ?? 0] as const;

/** Whether a process runs; one that nobody has waited for yet is over as well. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

/** Resolves when none of the processes runs. */
export const allGone = (pids: readonly number[]) =>
  expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
