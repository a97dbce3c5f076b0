import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import words from '../../content/ui/en.json' with { type: 'json' };
import { type Claim, runClaim } from '../../src/lessons/claim.ts';
import { say } from '../../src/widgets/say.ts';
import { openApp } from './open-app.ts';

interface Outcome {
  passed: boolean;
  expected: string;
  came: string;
}

/** Runs claims against a server; each outcome in English, by the claim's id. */
export async function verdictsAgainst(
  claims: readonly Claim[],
  url: string,
  ids?: readonly string[],
) {
  const outcomes: Record<string, Outcome> = {};
  for (const claim of claims) {
    if (ids && !ids.includes(claim.id)) continue;
    const { passed, expected, came } = await runClaim(claim, url);
    outcomes[claim.id] = { passed, expected: say(words, ...expected), came: say(words, ...came) };
  }
  return outcomes;
}

/** A test for each claim of a lesson, against the companion. */
export function testClaims(slug: string, claims: readonly Claim[]): void {
  describe(`the companion, by the ${slug} lesson`, () => {
    let app: Awaited<ReturnType<typeof openApp>>;
    beforeAll(async () => {
      app = await openApp();
    });
    afterAll(() => app.stop());
    test.each(claims.map((claim) => [claim.id, claim] as const))('%s', async (_id, claim) => {
      const { passed, came } = await runClaim(claim, app.url);
      expect({ passed, came: say(words, ...came) }).toMatchObject({ passed: true });
    });
  });
}
