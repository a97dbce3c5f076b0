import { expect, test } from 'vitest';
import {
  asApplication,
  InMemoryChannelLayer,
  StopConsumer,
  WebSocketCommunicator,
  WebSocketConsumer,
  type Handlers,
} from '../../server/channels/index.ts';
import { layerContract } from './layer-contract.ts';

layerContract(
  'in memory',
  InMemoryChannelLayer.capabilities,
  async (options) => new InMemoryChannelLayer(options),
);

test('P25: a membership that nobody reads lapses after a day', async () => {
  let now = 0;
  const layer = new InMemoryChannelLayer({ now: () => now });
  const [deaf, renewed] = [await layer.newChannel(), await layer.newChannel()];
  await layer.groupAdd('g', deaf);
  await layer.groupAdd('g', renewed);
  now = 86_399_999;
  await layer.groupSend('g', { type: 'a' });
  await layer.groupAdd('g', renewed);
  expect(layer.contents.channels.get(deaf)).toBe(1);
  now = 86_400_000;
  await layer.groupSend('g', { type: 'a' });
  expect(layer.contents.groups.get('g')).toEqual([renewed]);
});

test('P25: a membership whose channel is read does not lapse', async () => {
  let now = 0;
  const layer = new InMemoryChannelLayer({ now: () => now });
  const [waiting, busy] = [await layer.newChannel(), await layer.newChannel()];
  await layer.groupAdd('g', waiting);
  await layer.groupAdd('g', busy);
  const next = layer.receive(waiting);
  now = 86_000_000;
  await layer.send(busy, { type: 'a' });
  await layer.receive(busy);
  now = 100_000_000;
  await layer.groupSend('g', { type: 'b' });
  expect(await next).toEqual({ type: 'b' });
  expect(layer.contents.groups.get('g')).toEqual([waiting, busy]);
});

test('P26: consumers that have ended, however, leave no channel, queue or group', async () => {
  const layer = new InMemoryChannelLayer();
  class Member extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = { say: () => undefined };
    override async connect() {
      await this.channelLayer.groupAdd(`by-hand-${this.channelName.slice(-4)}`, this.channelName);
      this.accept();
    }
    override receive(text: string) {
      if (text === 'stop') throw new StopConsumer();
      if (text === 'throw') throw new Error('a fault');
      this.close();
    }
  }
  const application = asApplication(Member, { layer });
  for (const how of ['leave', 'stop', 'throw', 'close']) {
    const peer = new WebSocketCommunicator(application, '/');
    await peer.connect();
    expect([layer.contents.channels.size, layer.contents.groups.size]).toEqual([1, 2]);
    if (how === 'leave') await peer.disconnect();
    else peer.sendTo(how);
    await layer.groupSend('all', { type: 'say' });
    await peer.wait().catch(() => undefined);
    expect([layer.contents.channels.size, layer.contents.groups.size]).toEqual([0, 0]);
  }
});

test('P26: a channel by name is forgotten when what it held has expired', async () => {
  let now = 0;
  const layer = new InMemoryChannelLayer({ now: () => now });
  for (let i = 0; i < 1_000; i++) {
    now += 1_000;
    await layer.send(`tasks-${i}`, { type: 'a' });
  }
  expect(layer.contents.channels.size).toBeLessThanOrEqual(60);
});

test('P27: releasing a channel wakes whoever waits for it', async () => {
  const layer = new InMemoryChannelLayer();
  const channel = await layer.newChannel();
  const next = layer.receive(channel);
  await layer.release(channel);
  await expect(next).rejects.toThrow('was released');
});
