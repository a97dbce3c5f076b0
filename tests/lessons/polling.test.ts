import { describe, expect, test } from 'vitest';
import { claims } from '../../src/lessons/polling/claims.ts';
import { wrongPollingServer } from '../support/wrong-polling-server.ts';
import { testClaims, verdictsAgainst } from '../support/claims.ts';

testClaims('polling', claims);

describe('a wrong server is caught, with the right words', () => {
  test('one that loses messages', async () => {
    await using server = await wrongPollingServer({ loses: (place) => place % 10 === 9 });
    const verdicts = await verdictsAgainst(claims, server.url);
    expect(verdicts['each-once']).toEqual({
      passed: false,
      expected: '20 messages, each once, in the same order for two readers',
      came: '18 received, 2 missing, 0 repeated',
    });
  });

  test('one that repeats messages', async () => {
    await using server = await wrongPollingServer({ repeats: true });
    const verdicts = await verdictsAgainst(claims, server.url);
    expect(verdicts['each-once']?.passed).toBe(false);
    expect(verdicts['each-once']?.came).toMatch(/0 missing, [1-9]\d* repeated/);
    expect(verdicts['cursor-resumes']).toMatchObject({
      passed: false,
      came: /first: before, while away 1/,
    });
  });

  test('one that holds its answers', async () => {
    await using server = await wrongPollingServer({ holds: 1200 });
    const verdicts = await verdictsAgainst(claims, server.url, ['answered-at-once']);
    expect(verdicts['answered-at-once']).toMatchObject({
      passed: false,
      came: /the slowest took 1[2-9]\d\d ms/,
    });
  });

  test('one that answers in its own way', async () => {
    await using server = await wrongPollingServer({ created: 200 });
    const verdicts = await verdictsAgainst(claims, server.url, ['two-posts']);
    expect(verdicts['two-posts']).toMatchObject({
      passed: false,
      expected: 'POST answered with 201',
      came: /^200: /,
    });
  });

  test('one that mixes up its rooms', async () => {
    await using server = await wrongPollingServer({ oneRoom: true });
    const verdicts = await verdictsAgainst(claims, server.url, ['rooms-apart']);
    expect(verdicts['rooms-apart']).toMatchObject({
      passed: false,
      came: 'messages in the other room: 1',
    });
  });

  test('one that takes two equal POSTs for one', async () => {
    await using server = await wrongPollingServer({ deduplicates: true });
    const verdicts = await verdictsAgainst(claims, server.url, ['two-posts']);
    expect(verdicts['two-posts']).toMatchObject({ passed: false, came: 'messages: 1, ids: 1' });
  });
});
