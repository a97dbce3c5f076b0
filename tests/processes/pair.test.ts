import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { problemType } from '../../src/protocol/problem.ts';
import { handshake, refusalOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';
import { allGone, isAlive, pairAt, pidsOf } from './support.ts';

const own = { ownRedis: true };

test('A and B are two processes beside the server, and POST twice at once starts one pair', async () => {
  await using app = await openApp(own);
  const pair = pairAt(app.url);
  const before = await pair.status();
  expect(before).toMatchObject({
    allowed: true,
    redis: 'own',
    layers: ['memory', 'pubsub', 'core'],
  });
  expect([before.members.a.state, before.members.b.state]).toEqual(['stopped', 'stopped']);
  const [first, second] = await Promise.all([pair.start(), pair.start()]);
  expect([first.members.a.state, first.members.b.state]).toEqual(['up', 'up']);
  expect(new Set([process.pid, ...pidsOf(first)]).size).toBe(3);
  expect(pidsOf(second)).toEqual(pidsOf(first));
  expect(pidsOf(await pair.start())).toEqual(pidsOf(first));
  await app.stop();
  await allGone(pidsOf(first));
});

test('what is said at A’s connection list is heard at A, and not at B', async () => {
  await using app = await openApp(own);
  await pairAt(app.url).start();
  const path = '/memory/live/connection-list/kitchen/room/one/';
  using alice = await openClient(app.port, `/pair/a${path}`);
  using carol = await openClient(app.port, `/pair/a${path}`);
  using bob = await openClient(app.port, `/pair/b${path}`);
  alice.ws.send('hi from A');
  await carol.hears('hi from A');
  bob.ws.send('hi from B');
  await bob.hears('hi from B');
  expect(bob.heard).toEqual(['hi from B ✓']);
  expect(carol.heard).toEqual(['hi from A ✓']);
});

test('each layer has a companion of its own, in each process', async () => {
  await using app = await openApp(own);
  const { layers } = await pairAt(app.url).start();
  const answers = await Promise.all(
    ['a', 'b'].flatMap((name) =>
      layers.map(async (layer) => {
        const rooms = `${app.url}/pair/${name}/${layer}/live/polling/rooms/kitchen/messages`;
        const response = await fetch(rooms);
        return [response.status, ((await response.json()) as { messages: unknown }).messages];
      }),
    ),
  );
  expect(answers).toEqual(Array.from({ length: 6 }, () => [200, []]));
});

test('A killed: its sockets drop, B’s stay, and A comes back as another process that works', async () => {
  await using app = await openApp(own);
  const pair = pairAt(app.url);
  const before = await pair.start();
  const path = '/memory/live/connection-list/kitchen/room/one/';
  using alice = await openClient(app.port, `/pair/a${path}`);
  using bob = await openClient(app.port, `/pair/b${path}`);
  const dropped = once(alice.ws, 'close');
  const asked = performance.now();
  const killed = await pair.post('/a/kill');
  expect(killed.status).toBe(202);
  expect((await dropped)[0]).toBe(1006);
  expect(performance.now() - asked).toBeLessThan(1_000);
  expect((await pair.status()).members.a).toEqual({
    state: 'away',
    since: expect.any(Number) as number,
  });
  expect(isAlive(pidsOf(before)[0])).toBe(false);

  const messages = `${app.url}/pair/a/memory/live/polling/rooms/kitchen/messages`;
  const away = await fetch(messages);
  expect([away.status, away.headers.get('Retry-After')]).toEqual([503, '3']);
  expect(await away.json()).toMatchObject({ type: problemType('member-away') });
  const refused = await refusalOf(handshake(app.port, `/pair/a${path}`));
  expect([refused.status, refused.problem?.['type']]).toEqual([503, problemType('member-away')]);
  expect(refused.head).toContain('retry-after: 3');

  bob.ws.send('still here');
  await bob.hears('still here');
  const after = await pair.becomes('a', 'up');
  expect(pidsOf(after)[0]).not.toBe(pidsOf(before)[0]);
  expect(pidsOf(after)[1]).toBe(pidsOf(before)[1]);
  using again = await openClient(app.port, `/pair/a${path}`);
  again.ws.send('back');
  await again.hears('back');
});

test('a member that dies by itself comes back too', async () => {
  await using app = await openApp(own);
  const pair = pairAt(app.url);
  const [, pid] = pidsOf(await pair.start());
  process.kill(pid, 'SIGTERM');
  await pair.becomes('b', 'away');
  expect(pidsOf(await pair.becomes('b', 'up'))[1]).not.toBe(pid);
});

test('unused for its time it stops, and can be started again', async () => {
  await using app = await openApp({ ...own, env: { PAIR_IDLE_SECONDS: '1' } });
  const pair = pairAt(app.url);
  const started = await pair.start();
  using alice = await openClient(app.port, '/pair/a/memory/live/websocket/room/one/');
  const messages = `${app.url}/pair/a/memory/live/polling/rooms/kitchen/messages`;
  expect((await fetch(messages)).status).toBe(200);
  // A second pair, which nobody uses, is over first.
  await using other = await openApp({ ...own, env: { PAIR_IDLE_SECONDS: '1' } });
  const idle = await pairAt(other.url).start();
  await pairAt(other.url).becomes('b', 'stopped');
  await allGone(pidsOf(idle));
  expect(pidsOf(await pair.status())).toEqual(pidsOf(started));
  alice.ws.close();
  await pair.becomes('a', 'stopped');
  const response = await fetch(messages);
  expect([response.status, ((await response.json()) as { detail: string }).detail]).toEqual([
    503,
    'The two processes are not started: POST /live/pair first.',
  ]);
  expect(pidsOf(await pair.start())).not.toEqual(pidsOf(started));
});

test('the server’s stop closes the members’ sockets with 1001, and ends members and Redis', async () => {
  await using app = await openApp(own);
  const pids = [...pidsOf(await pairAt(app.url).start())];
  using alice = await openClient(app.port, '/pair/a/core/live/channel-layer/room/kitchen/');
  const closed = once(alice.ws, 'close');
  const redis = Number(new URL((await app.pair.redis.start()) ?? '').port);
  await app.stop();
  expect((await closed)[0]).toBe(1001);
  await allGone(pids);
  const [error] = (await once(connect(redis, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
});

test('a server that stops while the pair starts leaves none of it', async () => {
  await using app = await openApp(own);
  const starting = pairAt(app.url).post();
  await expect.poll(() => app.pair.status().members.a.pid).toBeTypeOf('number');
  const pids = pidsOf({ allowed: true, ...app.pair.status() });
  await app.stop();
  expect((await starting).status).toBe(503);
  await allGone(pids);
});

test('a pair that is stopped before its processes are there makes none', async () => {
  await using app = await openApp(own);
  const starting = app.pair.start();
  await Promise.all([app.stop(), expect(starting).rejects.toThrow(/could not start/)]);
  expect(app.pair.status().members).toMatchObject({
    a: { state: 'stopped' },
    b: { state: 'stopped' },
  });
});

test('without Redis there is the memory layer alone', async () => {
  await using app = await openApp();
  const pair = pairAt(app.url);
  expect(await pair.start()).toMatchObject({ redis: 'none', layers: ['memory'] });
  const rooms = '/live/polling/rooms/kitchen/messages';
  expect((await fetch(`${app.url}/pair/a/memory${rooms}`)).status).toBe(200);
  expect((await fetch(`${app.url}/pair/a/pubsub${rooms}`)).status).toBe(404);
  for (const what of ['pause', 'restart'])
    expect((await pair.post(`/redis/${what}`)).status).toBe(404);
});

test('a Redis that was given is used, and is not the visitors’ to halt', async () => {
  await using app = await openApp({ ...own, env: { REDIS_URL: 'redis://127.0.0.1:1' } });
  const pair = pairAt(app.url);
  expect(await pair.start()).toMatchObject({
    redis: 'given',
    layers: ['memory', 'pubsub', 'core'],
  });
  expect((await pair.post('/redis/restart')).status).toBe(404);
});

test('our own Redis can be halted and restarted, one at a time and with a rest', async () => {
  await using app = await openApp(own);
  const pair = pairAt(app.url);
  expect((await pair.post('/redis/restart')).status).toBe(503); // the pair is not started
  await pair.start();
  const both = await Promise.all([pair.post('/redis/restart'), pair.post('/redis/restart')]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([202, 429]);
  expect(both.find(({ status }) => status === 429)?.headers.get('Retry-After')).toBe('5');
  expect((await pair.post('/redis/pause')).status).toBe(429);
  await expect
    .poll(async () => (await pair.post('/redis/pause')).status, { timeout: 10_000, interval: 500 })
    .toBe(202);
  expect((await pair.post('/redis/pause')).status).toBe(429);
});
