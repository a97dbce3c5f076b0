import { describe, expect, onTestFinished, test } from 'vitest';
import {
  asApplication,
  RedisLayer,
  RedisLink,
  RedisPubSubLayer,
  WebSocketCommunicator,
  WebSocketConsumer,
  type ChannelLayer,
  type Handlers,
} from '../../server/channels/index.ts';
import { redisOfTest, type Redis } from '../support/redis.ts';
import { drain, settle } from './layer-contract.ts';

const kinds = [
  ['core', (link: RedisLink) => new RedisLayer({ link })],
  ['publish and subscribe', (link: RedisLink) => new RedisPubSubLayer({ link })],
] as const;

const down = { name: 'RedisAway', mayHaveHappened: false };

describe.for(kinds)('%s', ([name, make]) => {
  async function layerOn({ url }: Redis) {
    const link = new RedisLink({ url });
    await link.settled(5_000);
    const layer = make(link);
    onTestFinished(async () => {
      await layer.close();
      await link.close();
    });
    return layer;
  }

  /** Resolves when the link says so. */
  const turned = ({ link }: { link: RedisLink }, wanted: boolean) =>
    new Promise<void>((resolve) => {
      if (link.available === wanted) return resolve();
      const stop = link.onChange((available) => {
        if (available === wanted) resolve(stop());
      });
    });

  /** Sends to a group until a member hears it; resolves with the ms that took. */
  async function heard(from: ChannelLayer, to: ChannelLayer, member: string): Promise<number> {
    const start = performance.now();
    const next = to.receive(member);
    let stop = false;
    const over = next.then(() => (stop = true));
    while (!stop) {
      await from.groupSend('room', { type: 'a' }).catch(() => undefined);
      await Promise.race([over, new Promise((resolve) => setImmediate(resolve))]);
    }
    return performance.now() - start;
  }

  test('P47: killed and started again, empty: members hear their groups within two seconds', async () => {
    const redis = await redisOfTest();
    const [here, there] = [await layerOn(redis), await layerOn(redis)];
    const [near, far] = [await here.newChannel(), await there.newChannel()];
    await here.groupAdd('room', near);
    await there.groupAdd('room', far);
    await redis.kill();
    await Promise.all([turned(here, false), turned(there, false)]);

    for (const call of [
      here.send(near, { type: 'a' }),
      here.groupSend('room', { type: 'a' }),
      here.groupAdd('hall', near),
    ])
      await expect(call).rejects.toMatchObject(down);
    expect(await here.describe('room')).toMatchObject({ many: 1, stored: null });

    await redis.startAgain();
    expect(await heard(here, there, far)).toBeLessThan(2_000);
    await settle(here);
    expect(await heard(there, here, near)).toBeLessThan(2_000);
  });

  test('P47: twice in a row, a consumer that waits is not ended', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    class Member extends WebSocketConsumer {
      override readonly groups = ['room'];
      override readonly handlers: Handlers = { a: () => void this.send('heard') };
    }
    const peer = new WebSocketCommunicator(asApplication(Member, { layer }), '/');
    await peer.connect();
    for (let time = 0; time < 2; time++) {
      await redis.kill();
      await turned(layer, false);
      await redis.startAgain();
      await turned(layer, true);
      await layer.groupSend('room', { type: 'a' });
      expect(await peer.receiveFrom()).toBe('heard');
    }
    await peer.disconnect();
  });

  test('P46: hung, it rejects within the deadline, and then at once; P47: what waits goes on', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    const channel = await layer.newChannel();
    await layer.groupAdd('room', channel);
    const next = layer.receive(channel);
    redis.pause();
    onTestFinished(() => redis.resume());
    const start = performance.now();
    const late = { name: 'RedisAway', mayHaveHappened: true };
    await expect(layer.groupSend('room', { type: 'late' })).rejects.toMatchObject(late);
    expect(performance.now() - start).toBeLessThan(1_000);
    const again = performance.now();
    await expect(layer.groupSend('room', { type: 'b' })).rejects.toMatchObject(down);
    expect(performance.now() - again).toBeLessThan(100);

    await new Promise((resolve) => setTimeout(resolve, start + 2_000 - performance.now()));
    redis.resume();
    await turned(layer, true);
    await layer.groupSend('room', { type: 'b' });
    const types = [(await next).type, ...(await drain(layer, channel)).map(({ type }) => type)];
    expect(types.filter((type) => type === 'b')).toEqual(['b']);
    expect(types.filter((type) => type === 'late').length).toBeLessThanOrEqual(1);
  });

  test('P48: what ends while Redis is away ends here at once, and in Redis when it is back', async () => {
    const redis = await redisOfTest();
    const [layer, other] = [await layerOn(redis), await layerOn(redis)];
    const [leaver, dead, stays] = [
      await layer.newChannel(),
      await layer.newChannel(),
      await layer.newChannel(),
    ];
    for (const channel of [leaver, dead]) await layer.groupAdd('room', channel);
    await layer.groupAdd('hall', stays);
    const ended = expect(layer.receive(dead)).rejects.toThrow('was released');
    redis.pause(); // it keeps what it has
    onTestFinished(() => redis.resume());
    await turned(layer, false);
    await layer.groupDiscard('room', leaver);
    await layer.release(dead);
    await ended;
    expect(await layer.groupAdd('hall', leaver).catch(({ name }: Error) => name)).toBe('RedisAway');
    redis.resume();
    await turned(layer, true);
    await turned(other, true);
    await settle(layer);
    const [room, hall] = [await other.describe('room'), await other.describe('hall')];
    expect(room.stored).toMatchObject([{ many: 0 }]);
    expect(hall.stored?.[0]).toMatchObject({ many: 1 });
  });

  test('P48: to close while Redis is away takes no longer than the deadlines', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    const channel = await layer.newChannel();
    await layer.groupAdd('room', channel);
    await redis.kill();
    await turned(layer, false);
    const start = performance.now();
    await layer.close();
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  test('P46: a new channel needs Redis only where it must be subscribed to', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    await redis.kill();
    await turned(layer, false);
    const channel = await layer.newChannel().catch(({ name }: Error) => name);
    if (name === 'core') expect(channel).toMatch(/^specific\./);
    else expect(channel).toBe('RedisAway');
    if (name === 'core') await layer.release(channel);
  });

  test('who comes while Redis is away leaves nothing to be done when it is back', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    await redis.kill();
    await turned(layer, false);
    for (let count = 0; count < 100; count += 1) {
      const channel = await layer.newChannel().catch(() => undefined);
      if (channel) await layer.release(channel);
    }
    await redis.startAgain();
    await turned(layer, true);
    await settle(layer);
    const stats = await layer.link.run((client) => client.info('commandstats'));
    const calls = [...stats.matchAll(/cmdstat_(?:unsubscribe|zrem):calls=(\d+)/g)];
    for (const [, many] of calls) expect(Number(many)).toBeLessThan(5);
  });

  test('P47: while Redis is away, hardly any time is spent', async () => {
    const redis = await redisOfTest();
    const layer = await layerOn(redis);
    await layer.newChannel();
    await redis.kill();
    await turned(layer, false);
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // what is measured is this second
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(0.3);
  });
});
