import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisLayer, RedisPubSubLayer } from '../../server/channels/index.ts';
import { start } from '../support/program.ts';
import { linkTo, redisOfFile } from './redis-support.ts';

const redis = redisOfFile();
const program = new URL('../support/layer-process.ts', import.meta.url).pathname;

describe.for(['core', 'pubsub'] as const)('%s, in two processes', (kind) => {
  async function both() {
    const link = await linkTo(redis());
    const layer = kind === 'core' ? new RedisLayer({ link }) : new RedisPubSubLayer({ link });
    onTestFinished(() => layer.close());
    const other = start(process.execPath, [program, kind, redis().url]);
    onTestFinished(async () => void (await other.end('SIGKILL')));
    const theirs = (await other.line(/^listening/)).replace('listening as ', '');
    return { layer, link, other, theirs };
  }

  test('P42: a group reaches the other process, and its answers come in order', async () => {
    const { layer, other } = await both();
    const member = await layer.newChannel();
    await layer.groupAdd('answers', member);
    for (let n = 0; n < 50; n++) await layer.groupSend('room', { type: 'question', n });
    for (let n = 0; n < 50; n++)
      expect(await layer.receive(member)).toEqual({ type: 'answer', n, pid: other.pid });
  });

  test('P48: a process that closes its layer exits by itself, and leaves nothing', async () => {
    const { layer, link, other, theirs } = await both();
    await layer.send(theirs, { type: 'stop' });
    expect(await other.exited).toBe(0);
    expect(await link.run((client) => client.keys('*'))).toEqual([]);
    expect(await link.run((client) => client.pubSubChannels())).toEqual([]);
  });

  test('P49: of a process that was killed, nothing is renewed', async () => {
    const { layer, link, other, theirs } = await both();
    await other.end('SIGKILL');
    const member = await layer.newChannel();
    await layer.groupAdd('room', member);
    await layer.groupSend('room', { type: 'question' });
    expect(await layer.receive(member)).toEqual({ type: 'question' });
    const key = `asgi${theirs.slice(0, theirs.indexOf('!') + 1)}`;
    const left = await link.run((client) => client.ttl(key));
    expect(left).toBe(kind === 'core' ? 60 : -2); // there is none
  });
});
