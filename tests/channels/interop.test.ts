import { describe, expect, onTestFinished, test } from 'vitest';
import {
  RedisLayer,
  RedisPubSubLayer,
  type ChannelLayer,
  type LayerMessage,
} from '../../server/channels/index.ts';
import { startPeer } from '../support/channels-redis-peer.ts';
import { isLong } from '../support/long-form.ts';
import { linkTo, redisOfFile } from './redis-support.ts';

const redis = redisOfFile();

/** Every kind of value, as we have it and as the Python program prints and reads it. */
const ours: LayerMessage = {
  type: 'chat.message',
  text: 'hé 界 😀',
  bytes: Uint8Array.of(0, 255),
  small: 7,
  negative: -(2 ** 31) - 1,
  large: 2 ** 53 - 1,
  largest: 2n ** 63n - 1n,
  least: -(2n ** 63n),
  float: 1.5,
  great: 2 ** 60,
  none: null,
  yes: true,
  list: [1, [], ['x', null]],
  map: { 'any key': { nested: [false] }, '': '' },
};
const theirs = {
  type: 'chat.message',
  text: 'hé 界 😀',
  bytes: { $bytes: '00ff' },
  small: { $int: '7' },
  negative: { $int: '-2147483649' },
  large: { $int: '9007199254740991' },
  largest: { $int: '9223372036854775807' },
  least: { $int: '-9223372036854775808' },
  float: { $float: '1.5' },
  great: { $float: '1.152921504606847e+18' },
  none: null,
  yes: true,
  list: [{ $int: '1' }, [], ['x', null]],
  map: { 'any key': { nested: [false] }, '': '' },
};

const MANY = isLong ? 20_000 : 1_000;
const IN_FLIGHT = 50;

const numbers = Array.from({ length: 100 }, (_, n) => n);
const numbered = numbers.map((n) => ({ type: 'n', n: { $int: String(n) } }));

async function take(layer: ChannelLayer, channel: string, many: number): Promise<LayerMessage[]> {
  const messages: LayerMessage[] = [];
  while (messages.length < many) messages.push(await layer.receive(channel));
  return messages;
}

describe.for(['core', 'pubsub'] as const)('%s and channels_redis', (kind) => {
  async function both() {
    const link = await linkTo(redis());
    const layer = kind === 'core' ? new RedisLayer({ link }) : new RedisPubSubLayer({ link });
    onTestFinished(() => layer.close());
    const peer = await startPeer(kind, redis().url);
    const member = await layer.newChannel();
    const peerMember = String(await peer.ask('new_channel'));
    return { layer, peer, member, peerMember };
  }

  test('P43: every kind of value goes from Python to us, and back', async () => {
    const { layer, peer, member, peerMember } = await both();
    await peer.ask('send', member, theirs);
    expect(await layer.receive(member)).toEqual(ours);
    const received = peer.ask('receive', peerMember, 1);
    await layer.send(peerMember, ours);
    expect(await received).toEqual([theirs]);
  });

  test('P43: what a group is sent comes to members there and here, in order, once', async () => {
    const { layer, peer, member, peerMember } = await both();
    await layer.groupAdd('room', member);
    await peer.ask('group_add', 'room', peerMember);
    const here = take(layer, member, 201);

    // A hundred at a time: more do not wait in a queue of core.
    const first = peer.ask('receive', peerMember, 100);
    for (const n of numbers) await layer.groupSend('room', { type: 'n', n });
    expect(await first).toEqual(numbered);
    const second = peer.ask('receive', peerMember, 101);
    await peer.ask('group_send', 'room', [...numbered.slice(0, -1), { type: 'end' }]);
    await layer.groupSend('room', { type: 'end' });

    expect(await second).toEqual([...numbered.slice(0, -1), { type: 'end' }, { type: 'end' }]);
    const ends = [undefined, undefined];
    expect((await here).map(({ n }) => n)).toEqual([...numbers, ...numbers.slice(0, -1), ...ends]);
  });

  test(
    `P43: of ${MANY} messages each way, ${IN_FLIGHT} at a time, none is lost or repeated, and all are in order`,
    { timeout: 240_000 },
    async () => {
      const { layer, peer, member, peerMember } = await both();
      await layer.groupAdd('here', member);
      await peer.ask('group_add', 'there', peerMember);
      for (let sent = 0; sent < MANY; sent += IN_FLIGHT) {
        const some = Array.from({ length: IN_FLIGHT }, (_, place) => sent + place);
        const theirs = some.map((n) => ({ type: 'n', n: { $int: String(n) } }));
        const there = peer.ask('receive', peerMember, IN_FLIGHT);
        const here = take(layer, member, IN_FLIGHT);
        const sending = peer.ask('group_send', 'here', theirs);
        for (const n of some) await layer.groupSend('there', { type: 'n', n });
        await sending;
        expect((await here).map(({ n }) => n)).toEqual(some);
        expect(await there).toEqual(theirs);
      }
      await peer.ask('send', member, { type: 'end' });
      await layer.send(peerMember, { type: 'end' });
      expect(await layer.receive(member)).toEqual({ type: 'end' });
      expect(await peer.ask('receive', peerMember, 1)).toEqual([{ type: 'end' }]);
    },
  );

  test('P43: who left a group, there or here, hears nothing of it', async () => {
    const { layer, peer, member, peerMember } = await both();
    await layer.groupAdd('room', member);
    await peer.ask('group_add', 'room', peerMember);
    await layer.groupDiscard('room', member);
    await peer.ask('group_discard', 'room', peerMember);
    await peer.ask('group_send', 'room', [{ type: 'a' }]);
    await layer.groupSend('room', { type: 'a' });
    await peer.ask('send', member, { type: 'end' });
    await layer.send(peerMember, { type: 'end' });
    expect(await layer.receive(member)).toEqual({ type: 'end' });
    expect(await peer.ask('receive', peerMember, 1)).toEqual([{ type: 'end' }]);
  });

  test('P43: a channel shared by name carries both ways', async () => {
    const { layer, peer } = await both();
    const there = peer.ask('receive', 'to-python', 1);
    const here = layer.receive('to-node');
    if (kind === 'pubsub') await untilHeard(layer, 'to-python');
    await layer.send('to-python', ours);
    await peer.ask('send', 'to-node', theirs);
    expect(await there).toEqual([theirs]);
    expect(await here).toEqual(ours);
  });

  test('P44: a lone surrogate of ours does Python no harm', async () => {
    const { layer, peer, peerMember } = await both();
    const received = peer.ask('receive', peerMember, 1);
    await layer.send(peerMember, { type: 'a', text: 'x\ud800y' });
    expect(await received).toEqual([{ type: 'a', text: 'x\ufffdy' }]);
  });
});

/** Resolves when somebody has subscribed to a channel. */
async function untilHeard({ link }: { link: RedisLayer['link'] }, channel: string) {
  for (let many = 0; many === 0;)
    many = (await link.run((client) => client.pubSubNumSub([channel])))[channel] ?? 0;
}
