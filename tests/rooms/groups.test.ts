import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';
import { redisOfTest } from '../support/redis.ts';

/** A way to Redis that breaks, once, before what contains `words` comes through. */
async function fragileWay(to: number, words: string): Promise<number> {
  let broken = false;
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (bytes) => {
      if (broken || !bytes.includes(words)) return void far.write(bytes);
      broken = true;
      near.destroy();
    });
    far.on('data', (bytes) => near.write(bytes));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function say(url: string, text: string): Promise<void> {
  const said = await fetch(`${url}/live/polling/rooms/k/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sender: 'Alice', text }),
  });
  expect(said.status).toBe(201);
}

test('what the layer loses at the end is read from the log when the room has become quiet', async () => {
  const redis = await redisOfTest();
  // Two that share a log, and not their groups.
  const env = { REDIS_URL: redis.url, CHANNEL_LAYER: 'memory' };
  await using a = await openApp({ env });
  await using b = await openApp({ env });
  using reader = await openClient(a.port, '/live/channel-layer/room/k/');
  using careless = await openClient(a.port, '/live/channel-layer/room/k/?slow');
  await Promise.all([reader.hears('"after"'), careless.hears('"after"')]);
  await say(b.url, 'the layer never told it');
  await reader.hears('the layer never told it');
  await say(a.url, 'this it told');
  await Promise.all([reader.hears('this it told'), careless.hears('this it told')]);
  expect(reader.heard.join()).toMatch(/the layer never told it.*this it told/);
  expect(careless.heard.join()).not.toContain('the layer never told it');
});

test.each(['pubsub', 'core'])(
  'a message whose group could not be told is told when it can be (%s)',
  async (layer) => {
    const redis = await redisOfTest();
    const way = await fragileWay(redis.port, layer === 'core' ? 'asgi:group:k' : 'group__k');
    const env = (port: number) => ({
      env: { REDIS_URL: `redis://127.0.0.1:${port}`, CHANNEL_LAYER: layer },
    });
    await using sender = await openApp(env(way));
    await using other = await openApp(env(redis.port));
    using reader = await openClient(other.port, '/live/channel-layer/room/k/');
    await reader.hears('"after"');
    await say(sender.url, 'the last for now');
    await reader.hears('the last for now');
  },
);
