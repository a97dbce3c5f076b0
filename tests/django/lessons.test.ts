import { afterAll, beforeAll, expect, test } from 'vitest';
import words from '../../content/ui/en.json' with { type: 'json' };
import { claims as channelLayer } from '../../src/lessons/channel-layer/claims.ts';
import { type Claim, runClaim } from '../../src/lessons/claim.ts';
import { claims as connectionList } from '../../src/lessons/connection-list/claims.ts';
import { claims as longPolling } from '../../src/lessons/long-polling/claims.ts';
import { claims as polling } from '../../src/lessons/polling/claims.ts';
import { claims as websocket } from '../../src/lessons/websocket/claims.ts';
import { say } from '../../src/widgets/say.ts';
import { describeDjango, startDjango, tracebacksOf } from '../support/django.ts';
import { type Redis, startRedis } from '../support/redis.ts';

// The Django project serves the contract as far as its lessons go: it passes what they claim.

const lessons: [slug: string, path: string, claims: readonly Claim[]][] = [
  ['polling', '', polling],
  ['long-polling', '', longPolling],
  ['websocket', '', websocket],
  ['connection-list', '', connectionList],
  ['channel-layer', '', channelLayer],
  ['channel-layer, in sync', '/sync', channelLayer],
];

describeDjango.each(['memory', 'core', 'pubsub'])('Django with the layer %s', (layer) => {
  let redis: Redis | undefined;
  let members: Awaited<ReturnType<typeof startDjango>>[] = [];

  beforeAll(async () => {
    if (layer !== 'memory') redis = await startRedis();
    const env: Record<string, string> = redis
      ? { REDIS_URL: redis.url, CHANNEL_LAYER: layer }
      : { CHANNEL_LAYER: layer };
    members = await Promise.all([startDjango(env), startDjango(env)]);
  });
  afterAll(async () => {
    await Promise.all(members.map((member) => member.end('SIGKILL')));
    await redis?.end();
  });

  const all = lessons.flatMap(([name, path, claims]) =>
    claims
      .filter(({ needs }) => layer !== 'memory' || needs !== 'redis')
      .map((claim) => [name, claim.id, path, claim] as const),
  );
  test.each(all)('%s: %s', async (_name, _id, path, claim) => {
    const [url = '', other = ''] = members.map((member) => member.url + path);
    const { passed, came } = await runClaim(claim, url, other);
    expect({ passed, came: say(words, ...came) }).toMatchObject({ passed: true });
    expect(members.flatMap(tracebacksOf)).toEqual([]);
  });
});
