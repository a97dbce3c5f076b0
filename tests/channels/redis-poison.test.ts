import { expect, test } from 'vitest';
import { drain } from './layer-contract.ts';
import { coreOn, pubSubOn, queueOf, redisOfFile } from './redis-support.ts';

const redis = redisOfFile();

const map = (...parts: string[]) => Buffer.from(parts.join(''), 'hex');
const TYPE = '81a474797065a161'; // { type: 'a' }
const poison: [string, Buffer][] = [
  ['that is no msgpack', map('c1')],
  ['that is cut off', map('82a474797065a161')],
  ['with bytes after its end', map(TYPE, '00')],
  ['that is no map', map('93010203')],
  ['without a type', map('80')],
  ['with a key that is a number', map('82a474797065a161', '01', '01')],
  ['with a key __proto__', map('82a474797065a161', 'a95f5f70726f746f5f5f', '80')],
  ['with a date', map('82a474797065a161', 'a178', 'd6ff00000000')],
  ['with an integer beyond 64 bits', map('82a474797065a161', 'a178', 'cfffffffffffffffff')],
  ['that is nested too deeply', map('82a474797065a161', 'a178', '91'.repeat(100), 'c0')],
  ['that claims to be huge', map('ddffffffff')],
  ['that is empty', Buffer.alloc(0)],
];

test.for([...poison, ['without a target', map(TYPE)] as const])(
  'P44: core drops and counts a message %s',
  async ([, bytes]) => {
    const layer = await coreOn(redis());
    const channel = await layer.newChannel();
    const value = Buffer.concat([Buffer.alloc(12), bytes]);
    const put = { score: Date.now() / 1000, value };
    await layer.link.run((client) => client.zAdd(queueOf(channel), put));
    await layer.send(channel, { type: 'b' });
    expect(await drain(layer, channel)).toEqual([{ type: 'b' }]);
    expect(layer.counters.dropped).toEqual({ full: 0, expired: 0, unknown: 0, poison: 1 });
  },
);

test.for(poison)('P44: publish and subscribe drops and counts a message %s', async ([, bytes]) => {
  const layer = await pubSubOn(redis());
  const channel = await layer.newChannel();
  await layer.link.run((client) => client.publish(channel, bytes));
  await layer.send(channel, { type: 'b' });
  expect(await drain(layer, channel)).toEqual([{ type: 'b' }]);
  expect(layer.counters.dropped).toEqual({ full: 0, expired: 0, unknown: 0, poison: 1 });
});

test('P44: a worker drops and counts poison, and goes on', async () => {
  const layer = await coreOn(redis());
  const value = Buffer.alloc(20);
  await layer.link.run((client) => client.zAdd('asgitasks', { score: 1, value }));
  const next = layer.receive('tasks');
  await layer.link.run((client) => client.zAdd('asgitasks', { score: 2, value: Buffer.alloc(13) }));
  await layer.send('tasks', { type: 'a' });
  expect(await next).toEqual({ type: 'a' });
});
