import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemType } from '../../src/protocol/problem.ts';
import { describeDjango } from '../support/django.ts';
import { openApp } from '../support/open-app.ts';
import { startServer } from '../support/program.ts';
import { openClient } from '../support/raw-websocket.ts';
import { allGone, isAlive, pairAt } from './support.ts';

type Shared = 'pubsub' | 'core';
const LAYERS: Shared[] = ['pubsub', 'core'];

const socket = (member: string, layer: string, room: string) =>
  `/pair/${member}/${layer}/live/channel-layer/room/${room}/`;

describeDjango('Django beside A and B', () => {
  let app: Awaited<ReturnType<typeof openApp>>;
  let pair: ReturnType<typeof pairAt>;
  beforeAll(async () => {
    app = await openApp({ ownRedis: true });
    pair = pairAt(app.url);
    await pair.start();
  });
  afterAll(() => app.stop());

  const stateOf = async (layer: Shared) => (await pair.status()).django?.[layer].state;
  const becomes = (layer: Shared, state: string) =>
    expect.poll(() => stateOf(layer), { timeout: 15_000 }).toBe(state);

  test('is there, and not started before somebody wants it', async () => {
    expect([await stateOf('pubsub'), await stateOf('core')]).toEqual(['stopped', 'stopped']);
    const early = await fetch(`${app.url}/pair/django/core/live/polling/rooms/one/messages`);
    expect([early.status, ((await early.json()) as { type: string }).type]).toEqual([
      503,
      problemType('member-away'),
    ]);
  });

  test.each(LAYERS)('is one room with both over %s: live, and from the log', async (layer) => {
    expect((await pair.post(`/django/${layer}`)).status).toBe(202);
    await becomes(layer, 'up');
    using alice = await openClient(app.port, socket('a', layer, 'shared'));
    using carol = await openClient(app.port, socket('django', layer, 'shared'));
    // Each says something until the other has it: that a group was entered is told to nobody.
    await expect
      .poll(() => (alice.ws.send('{"sender":"Alice","text":"from Node"}'), carol.heard.join()))
      .toContain('from Node');
    carol.ws.send('{"sender":"Carol","text":"from Django"}');
    await alice.hears('from Django');
    using bob = await openClient(app.port, `${socket('b', layer, 'shared')}?after=0`);
    await bob.hears('from Django');
  });

  test('a page of this server may come in, and a foreign one may not', async () => {
    const path = socket('django', 'pubsub', 'doors');
    const headers = { Host: 'localhost:4321' };
    using own = await openClient(app.port, path, { origin: 'http://localhost:4321', headers });
    own.ws.send('{"sender":"Carol","text":"hi"}');
    await own.hears('hi');
    await expect(openClient(app.port, path, { origin: 'https://evil.example' })).rejects.toThrow();
  });

  test('killed, it drops its sockets, and comes back as another process', async () => {
    const pid = (await pair.status()).django?.core.pid ?? 0;
    using carol = await openClient(app.port, socket('django', 'core', 'killed'));
    const dropped = once(carol.ws, 'close');
    expect((await pair.post('/django/core/kill')).status).toBe(202);
    expect((await dropped)[0]).toBe(1006);
    expect(isAlive(pid)).toBe(false);
    await becomes('core', 'up');
    expect((await pair.status()).django?.core.pid).not.toBe(pid);
    expect(await stateOf('pubsub')).toBe('up'); // the other is another
  });

  test('has no room in memory that it could share', async () => {
    const response = await fetch(`${app.url}/pair/django/memory/live/polling/rooms/one/messages`);
    expect(response.status).toBe(404);
    expect(((await response.json()) as { detail: string }).detail).toContain('pubsub or core');
  });

  test('ends with the server, also where that is killed', async () => {
    await using server = await startServer();
    const other = pairAt(server.url);
    await other.start();
    await other.post('/django/pubsub');
    const pid = (await other.status()).django?.pubsub.pid ?? 0;
    expect(isAlive(pid)).toBe(true);
    await server.end('SIGKILL');
    await allGone([pid]);
  });
});
