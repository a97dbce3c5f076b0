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
    const said = await fetch(`${sender.url}/live/polling/rooms/k/messages`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Alice', text: 'the last for now' }),
    });
    expect(said.status).toBe(201);
    await reader.hears('the last for now');
  },
);
