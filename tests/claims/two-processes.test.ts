import { expect, test } from 'vitest';
import words from '../../content/ui/en.json' with { type: 'json' };
import { claims as ofLayers } from '../../src/lessons/channel-layer/claims.ts';
import { runClaim } from '../../src/lessons/claim.ts';
import { claims as ofLists } from '../../src/lessons/connection-list/claims.ts';
import { say } from '../../src/widgets/say.ts';
import { openApp } from '../support/open-app.ts';
import { wrongPollingServer } from '../support/wrong-polling-server.ts';

/** Why each claim that needs two processes is skipped, by its id; and that no other is. */
async function skippedAt(url: string) {
  const reasons: Record<string, string> = {};
  for (const claim of [...ofLists, ...ofLayers].filter(({ needs }) => needs)) {
    const { passed, skipped } = await runClaim(claim, url);
    expect(passed).toBe(!skipped);
    if (skipped) reasons[claim.id] = say(words, ...skipped);
  }
  return reasons;
}

test('a claim that needs Redis is skipped where there is none, one that needs two processes is not', async () => {
  await using app = await openApp();
  expect(await skippedAt(app.url)).toEqual({
    'across-processes': expect.stringContaining('install redis-server') as string,
    'cursor-anywhere': expect.stringContaining('install redis-server') as string,
  });
});

test('where nobody may start the pair, what needs it is skipped', async () => {
  await using app = await openApp({ env: { PAIR: 'nobody' } });
  const reasons = Object.values(await skippedAt(app.url));
  expect(reasons).toHaveLength(3);
  for (const reason of reasons) expect(reason).toContain('PAIR=everybody');
});

test('at a builder’s server it is skipped until the second process is named', async () => {
  await using server = await wrongPollingServer({});
  const reasons = Object.values(await skippedAt(server.url));
  expect(reasons).toHaveLength(3);
  for (const reason of reasons) expect(reason).toContain('--other');
});
