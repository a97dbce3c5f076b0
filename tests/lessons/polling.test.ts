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
      came: '18 received: 2 missing, 0 repeated, 0 that nobody posted; ids that differ: 18',
    });
  });

  test('one that repeats messages', async () => {
    await using server = await wrongPollingServer({ repeats: true });
    const verdicts = await verdictsAgainst(claims, server.url);
    expect(verdicts['each-once']?.passed).toBe(false);
    expect(verdicts['each-once']?.came).toMatch(/: 0 missing, [1-9]\d* repeated/);
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
      came: /the slowest took \d{4,} ms/,
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
      came: 'in the other room: 1, in this one: 1',
    });
  });

  test('one that takes two equal POSTs for one', async () => {
    await using server = await wrongPollingServer({ deduplicates: true });
    const verdicts = await verdictsAgainst(claims, server.url, ['two-posts']);
    expect(verdicts['two-posts']).toMatchObject({ passed: false, came: 'messages: 1, ids: 1' });
  });

  test('one that gives every message the same id', async () => {
    await using server = await wrongPollingServer({ sameId: true });
    const verdicts = await verdictsAgainst(claims, server.url, ['each-once']);
    expect(verdicts['each-once']).toMatchObject({ passed: false, came: /ids that differ: 1$/ });
  });

  test('one that changes the words', async () => {
    await using server = await wrongPollingServer({ says: (text) => text.toUpperCase() });
    const verdicts = await verdictsAgainst(claims, server.url, ['each-once', 'one-interval']);
    for (const id of ['each-once', 'one-interval'])
      expect(verdicts[id]).toMatchObject({
        passed: false,
        expected: 'the posted message back from POST, with the text “message 1”',
        came: 'the text “MESSAGE 1”',
      });
  });

  test('one whose times are seconds', async () => {
    await using server = await wrongPollingServer({ clock: () => Math.round(Date.now() / 1000) });
    const verdicts = await verdictsAgainst(claims, server.url, ['two-posts']);
    expect(verdicts['two-posts']).toMatchObject({
      passed: false,
      expected: /Unix time in milliseconds/,
    });
  });

  test('one whose cursor is a number, which is said at once', async () => {
    await using server = await wrongPollingServer({ cursor: Number });
    const began = performance.now();
    const verdicts = await verdictsAgainst(claims, server.url, ['one-interval', 'desync']);
    for (const id of ['one-interval', 'desync'])
      expect(verdicts[id]).toMatchObject({
        passed: false,
        came: /"after" must be a non-empty string\./,
      });
    expect(performance.now() - began).toBeLessThan(10_000); // a check that waits takes as long
  });

  test('one that refuses in another format', async () => {
    await using server = await wrongPollingServer({});
    const verdicts = await verdictsAgainst(claims, server.url, ['refuses-nonsense']);
    expect(verdicts['refuses-nonsense']).toMatchObject({
      passed: false,
      expected:
        /refused with 400, application\/problem\+json, and the problem urn:on-the-wire:malformed$/,
    });
  });
});
