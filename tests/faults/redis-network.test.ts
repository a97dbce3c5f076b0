import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { openApp } from '../support/open-app.ts';
import { openReaders, talk } from '../support/readers.ts';
import { logOf, say, unbounded } from '../support/rooms.ts';
import { redisOfTest } from '../support/redis.ts';

const AWAY = [problemType('log-away'), problemType('outcome-unknown')];

/** A Redis that is not killed or halted (redis-away.test.ts does that): the network to it is bad. */
async function behindBadNetwork(layer: string) {
  const redis = await redisOfTest();
  const network = await startFaultyProxy(redis.port);
  const env = {
    ...unbounded,
    REDIS_URL: `redis://127.0.0.1:${network.port}`,
    CHANNEL_LAYER: layer,
  };
  const app = await openApp({ env });
  const near = await openApp({ env: { ...env, REDIS_URL: redis.url } });
  onTestFinished(async () => void (await Promise.all([app.stop(), near.stop()])));
  const room = randomRoom();
  return { network, app, near, room, readers: await openReaders(app.url, room) };
}

/** All readers have heard what the log has, and nothing else. */
async function expectAllHeard(
  { app, near, room, readers }: Awaited<ReturnType<typeof behindBadNetwork>>,
  accepted: readonly string[],
) {
  const log = await logOf(near.url, room);
  expect(await logOf(app.url, room)).toEqual(log);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  expect(log).toEqual(expect.arrayContaining([...accepted]));
  for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
}

for (const layer of ['pubsub', 'core']) {
  test(`Redis is slow, 50 ms each way (${layer}): all is accepted, heard once and in order`, async () => {
    const server = await behindBadNetwork(layer);
    server.network.delay(50);
    const talking = talk(server.app.url, server.room);
    const near = talk(server.near.url, server.room); // this one reaches Redis directly
    await Promise.all([talking.more(30), near.more(300).then(() => near.stop())]);
    await talking.stop();
    await expectAllHeard(server, [...talking.accepted, ...near.accepted]);
    for (const { name, events } of server.readers) expect([name, events]).not.toContain('lost');
  });

  test(`Redis is slower than the deadline (${layer}): it counts as away until it is faster again`, async () => {
    const server = await behindBadNetwork(layer);
    const { network, app, room, readers } = server;
    network.delay(600);
    const asked = performance.now();
    const refused = await say(app.url, room, 'who knows');
    expect(performance.now() - asked).toBeLessThan(1_500);
    expect(refused?.status).toBe(503);
    expect(AWAY).toContain(refused?.type);
    network.delay(0);
    await expect.poll(async () => (await say(app.url, room, 'after'))?.status).toBe(201);
    await expectAllHeard(server, []);
    for (const { name, transport, events } of readers) {
      if (['polling', 'long-polling'].includes(name)) continue; // they ask, and are answered 503
      expect([name, transport.readyState, events]).not.toContain('lost');
    }
  });

  test(`the connection to Redis goes silent (${layer}): 503 within its time, and all goes on when it speaks`, async () => {
    const server = await behindBadNetwork(layer);
    const { network, app, near, room } = server;
    expect((await say(app.url, room, 'before'))?.status).toBe(201);
    network.halt();
    const asked = performance.now();
    const refused = await say(app.url, room, 'who knows');
    expect(performance.now() - asked).toBeLessThan(1_500);
    expect(AWAY).toContain(refused?.type);
    const meanwhile = await say(near.url, room, 'said by another process');
    expect(meanwhile?.status).toBe(201);
    network.resume();
    await expect.poll(async () => (await say(app.url, room, 'after'))?.status).toBe(201);
    await expectAllHeard(server, [meanwhile?.id ?? '']);
  });

  test(`the connection to Redis is reset again and again (${layer}): what was accepted is heard once, in order`, async () => {
    const server = await behindBadNetwork(layer);
    const talking = talk(server.app.url, server.room);
    for (let time = 0; time < 5; time += 1) {
      await talking.more(20);
      server.network.reset();
    }
    await talking.more(20);
    await talking.stop();
    await expectAllHeard(server, talking.accepted);
  });
}
