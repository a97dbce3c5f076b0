import { expect, onTestFinished, test } from 'vitest';
import { RedisLink } from '../../server/channels/index.ts';
import { memberEnvironment } from '../../server/processes/pair.ts';
import { startRedisServer } from '../../server/processes/redis-server.ts';
import { redisRooms } from '../../server/rooms/redis-rooms.ts';
import { roomsBounds } from '../../server/rooms/rooms.ts';
import { readSettings } from '../../server/settings.ts';

test.each([{}, { ROOMS_BYTES: '17179869184', ROOM_BYTES: '1073741824' }])(
  'members may read what they are given, and their rooms have a bound: %o',
  (env) => {
    const settings = readSettings(memberEnvironment(readSettings(env), 'redis://127.0.0.1:1'));
    expect(settings).toMatchObject({ HOST: '127.0.0.1', PAIR: 'nobody', ROOMS_BYTES: 2 ** 24 });
  },
);

test('rooms of both layers, full, leave the pair’s own Redis room for more', async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const settings = readSettings(memberEnvironment(readSettings({}), redis.url));
  const link = new RedisLink({ url: redis.url, deadline: 5_000 });
  onTestFinished(() => link.close());
  await link.settled();
  const text = 'x'.repeat(2_000);
  for (const name of ['pubsub', 'core']) {
    const rooms = redisRooms(link, { bounds: roomsBounds(settings), name, onError: () => {} });
    onTestFinished(() => rooms.close());
    for (let room = 0; room < 250; room += 1)
      await Promise.all(
        Array.from({ length: 60 }, () => rooms.append(`room${room}`, { sender: 'Bob', text })),
      );
  }
  const info = await link.run((client) => client.info('memory'));
  expect(Number(/used_memory:(\d+)/.exec(info)?.[1])).toBeLessThan(56 * 2 ** 20);
});
