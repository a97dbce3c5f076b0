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
  other?: string,
) {
  const outcomes: Record<string, Outcome> = {};
  for (const claim of claims) {
    if (ids && !ids.includes(claim.id)) continue;
    const { passed, expected, came } = await runClaim(claim, url, other);
    outcomes[claim.id] = { passed, expected: say(words, ...expected), came: say(words, ...came) };
  }
  return outcomes;
}

/** A test for each claim of a lesson, against the companion. */
export function testClaims(slug: string, claims: readonly Claim[]): void {
  describe(`the companion, by the ${slug} lesson`, () => {
    let app: Awaited<ReturnType<typeof openApp>>;
    beforeAll(async () => {
      app = await openApp({ ownRedis: true });
    });
    afterAll(() => app.stop());
    test.each(claims.map((claim) => [claim.id, claim] as const))('%s', async (_id, claim) => {
      const { passed, came } = await runClaim(claim, app.url);
      expect({ passed, came: say(words, ...came) }).toMatchObject({ passed: true });
    });
  });
}

/** A claim's words, or a pattern of them. */
type Told = string | RegExp;

/**
 * A test for each way of a builder's server to be wrong: the claims that fail for it, with what they
 * expect and what came. Right, it passes every claim; and every claim is failed by one of them.
 */
export function testWrongServer<Wrong extends string>(
  claims: readonly Claim[],
  open: (wrong?: Wrong) => Promise<{ url: string; other?: string } & AsyncDisposable>,
  faults: Record<Wrong, Record<string, readonly [expected: Told, came: Told]>>,
): void {
  test('a builder’s server that is right passes every claim', async () => {
    await using server = await open();
    const failed = Object.entries(
      await verdictsAgainst(claims, server.url, undefined, server.other),
    ).filter(([, { passed }]) => !passed);
    expect(failed).toEqual([]);
  });

  describe.concurrent('a wrong server is caught, with the right words', () => {
    const wrongs = Object.entries(faults) as [Wrong, (typeof faults)[Wrong]][];
    test.each(wrongs)('one that %s', async (wrong, failed) => {
      await using server = await open(wrong);
      const outcomes = await Promise.all(
        Object.keys(failed).map((id) => verdictsAgainst(claims, server.url, [id], server.other)),
      );
      const expectedOutcomes = Object.entries(failed).map(([id, [expected, came]]) => [
        id,
        { passed: false, expected: matching(expected), came: matching(came) },
      ]);
      expect(Object.assign({}, ...outcomes)).toEqual(Object.fromEntries(expectedOutcomes));
    });

    test('and each claim catches one', () => {
      const caught = new Set(wrongs.flatMap(([, failed]) => Object.keys(failed)));
      expect([...caught].sort()).toEqual(claims.map(({ id }) => id).sort());
    });
  });
}

const matching = (told: Told): unknown =>
  typeof told === 'string' ? told : expect.stringMatching(told);
