import { describe, expect, test } from 'vitest';
import {
  ChannelFull,
  type ChannelLayer,
  type InMemoryOptions,
  type LayerMessage,
} from '../../server/channels/index.ts';

/** Reads what waits in a channel, and no more. */
async function drain(layer: ChannelLayer, channel: string): Promise<LayerMessage[]> {
  const messages: LayerMessage[] = [];
  for (;;) {
    const stop = new AbortController();
    const next = layer.receive(channel, stop.signal).catch(() => undefined);
    const message = await Promise.race([next, settled(stop)]);
    if (!message) return messages;
    messages.push(message);
  }
}

async function settled(stop: AbortController): Promise<undefined> {
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
}

/** What every channel layer keeps; `make` gives a layer that is empty. */
export function layerContract(name: string, make: (options?: InMemoryOptions) => ChannelLayer) {
  describe(name, () => {
    test('P19: channel names are unlike each other and lead to their channel', async () => {
      const layer = make();
      const [one, two] = [await layer.newChannel(), await layer.newChannel('worker')];
      expect(one).toMatch(/^specific\.[\w.]*![\w]+$/);
      expect(two).toMatch(/^worker\./);
      await layer.send(two, { type: 'a', text: 'two' });
      await layer.send(one, { type: 'a', text: 'one' });
      expect(await layer.receive(one)).toEqual({ type: 'a', text: 'one' });
      expect(await layer.receive(two)).toEqual({ type: 'a', text: 'two' });
    });

    test.for(['', 'a b', 'r\n', 'r٣', '中文', 'x!é', 'a!b!c', '!a', 'x'.repeat(100)])(
      'P19: %j is no channel name',
      async (channel) => {
        const layer = make();
        const bad = { name: 'TypeError', message: expect.stringContaining('Use ASCII') as string };
        await expect(layer.send(channel, { type: 'a' })).rejects.toMatchObject(bad);
        await expect(layer.receive(channel)).rejects.toMatchObject(bad);
        await expect(layer.groupAdd('g', channel)).rejects.toMatchObject(bad);
      },
    );

    test.for(['', 'a b', 'g\n', 'g!', '中文', 'x'.repeat(100)])(
      'P19: %j is no group name',
      async (group) => {
        const layer = make();
        const channel = await layer.newChannel();
        const bad = { name: 'TypeError', message: expect.stringContaining('Use ASCII') as string };
        await expect(layer.groupAdd(group, channel)).rejects.toMatchObject(bad);
        await expect(layer.groupDiscard(group, channel)).rejects.toMatchObject(bad);
        await expect(layer.groupSend(group, { type: 'a' })).rejects.toMatchObject(bad);
      },
    );

    test('P19: names of 99 characters are good', async () => {
      const layer = make();
      await layer.groupAdd('x'.repeat(99), await layer.newChannel());
      await layer.send('y'.repeat(99), { type: 'a' });
      expect(await layer.receive('y'.repeat(99))).toEqual({ type: 'a' });
    });

    test('P20: a message arrives as it was sent, with every kind of value', async () => {
      const layer = make();
      const channel = await layer.newChannel();
      const message: LayerMessage = {
        type: 'chat.message',
        text: 'hé 界 😀',
        list: [1, -1.5, true, null, ['x'], { a: 1 }],
        map: { 'any key': '', nested: { deeper: [] } },
        bytes: Uint8Array.of(0, 255),
      };
      await layer.send(channel, message);
      expect(await layer.receive(channel)).toEqual(message);
    });

    test('P20: a lone surrogate becomes U+FFFD', async () => {
      const layer = make();
      const channel = await layer.newChannel();
      await layer.send(channel, { type: 'a', text: 'x\ud800y', list: ['\udc00'] });
      expect(await layer.receive(channel)).toEqual({
        type: 'a',
        text: 'x\ufffdy',
        list: ['\ufffd'],
      });
    });

    class Point {
      type = 'point';
    }
    const bad: [string, unknown, RegExp][] = [
      ['no object', 'chat.message', /plain object with a string type/],
      ['null', null, /plain object/],
      ['an array', [{ type: 'a' }], /plain object/],
      ['without a type', { text: 'x' }, /string type/],
      ['with a type that is no string', { type: 1 }, /string type/],
      ['of a class', new Point(), /plain object/],
      ['with a date', { type: 'a', at: new Date(0) }, /message\.at is a Date.*convert it/],
      [
        'with a map deep inside',
        { type: 'a', x: [{ y: new Map() }] },
        /message\.x\[0\]\.y is a Map/,
      ],
      ['with undefined', { type: 'a', x: undefined }, /message\.x is undefined.*leave the key out/],
      ['with a function', { type: 'a', x: () => 1 }, /message\.x is function/],
      ['with a bigint', { type: 'a', x: 1n }, /message\.x is bigint/],
      ['with a key __proto__', JSON.parse('{"type":"a","x":{"__proto__":{}}}'), /__proto__/],
      ['that holds itself', circular(), /nested too deeply/],
    ];
    test.for(bad)('P20: a message %s is a TypeError', async ([, message, remedy]) => {
      const layer = make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      const error = { name: 'TypeError', message: expect.stringMatching(remedy) as string };
      await expect(layer.send(channel, message as LayerMessage)).rejects.toMatchObject(error);
      await expect(layer.groupSend('g', message as LayerMessage)).rejects.toMatchObject(error);
      expect(await drain(layer, channel)).toEqual([]);
    });

    test('P21: receivers and sender each have a message of their own', async () => {
      const layer = make();
      const [one, two] = [await layer.newChannel(), await layer.newChannel()];
      await layer.groupAdd('g', one);
      await layer.groupAdd('g', two);
      const message = { type: 'a', list: ['x'], bytes: Uint8Array.of(1) };
      const sent = layer.groupSend('g', message);
      message.list.push('by the sender');
      await sent;
      const first = await layer.receive(one);
      first['list'] = 'changed';
      (first['bytes'] as Uint8Array)[0] = 9;
      expect(await layer.receive(two)).toEqual({ type: 'a', list: ['x'], bytes: Uint8Array.of(1) });
    });

    test('P22: messages come in order, once', async () => {
      const layer = make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      for (let n = 0; n < 50; n += 2) {
        await layer.send(channel, { type: 'n', n });
        await layer.groupSend('g', { type: 'n', n: n + 1 });
      }
      const numbers = (await drain(layer, channel)).map(({ n }) => n);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => n));
    });

    test('P22: a reader that waits is woken; two that share a channel share its messages', async () => {
      const layer = make();
      const read = [layer.receive('tasks'), layer.receive('tasks')];
      await layer.send('tasks', { type: 'n', n: 1 });
      await layer.send('tasks', { type: 'n', n: 2 });
      expect((await Promise.all(read)).map(({ n }) => n)).toEqual([1, 2]);
    });

    test('P22: a group reaches its members, once each, and nobody else', async () => {
      const layer = make();
      const [member, former, stranger] = [
        await layer.newChannel(),
        await layer.newChannel(),
        await layer.newChannel(),
      ];
      await layer.groupAdd('g', member);
      await layer.groupAdd('g', member);
      await layer.groupAdd('g', former);
      await layer.groupAdd('other', stranger);
      await layer.groupDiscard('g', former);
      await layer.groupDiscard('g', former);
      await layer.groupDiscard('g', stranger);
      await layer.groupSend('g', { type: 'a' });
      await layer.groupSend('nobody', { type: 'a' });
      expect(await drain(layer, member)).toEqual([{ type: 'a' }]);
      expect(await drain(layer, former)).toEqual([]);
      expect(await drain(layer, stranger)).toEqual([]);
    });

    if (make().capabilities.capacity) {
      test('P23: send to a full channel is ChannelFull, a group loses and counts it', async () => {
        const layer = make({ capacity: 3 });
        const [full, free] = [await layer.newChannel(), await layer.newChannel()];
        await layer.groupAdd('g', full);
        await layer.groupAdd('g', free);
        for (let n = 0; n < 3; n++) await layer.send(full, { type: 'n', n });
        await expect(layer.send(full, { type: 'n', n: 3 })).rejects.toThrow(ChannelFull);
        await layer.groupSend('g', { type: 'n', n: 4 });
        expect(layer.counters).toMatchObject({ refused: 1, dropped: { full: 1 } });
        expect((await drain(layer, full)).map(({ n }) => n)).toEqual([0, 1, 2]);
        expect((await drain(layer, free)).map(({ n }) => n)).toEqual([4]);
      });

      test('P23: a channel holds 100 messages unless told otherwise', async () => {
        const layer = make();
        const channel = await layer.newChannel();
        for (let n = 0; n < 100; n++) await layer.send(channel, { type: 'n', n });
        await expect(layer.send(channel, { type: 'n' })).rejects.toMatchObject({
          name: 'ChannelFull',
          channel,
        });
      });
    }

    if (make().capabilities.expiry) {
      test('P24: a message is dropped and counted after 60 s', async () => {
        let now = 0;
        const layer = make({ now: () => now });
        const channel = await layer.newChannel();
        await layer.send(channel, { type: 'n', n: 1 });
        now = 1_000;
        await layer.send(channel, { type: 'n', n: 2 });
        now = 59_999;
        await layer.send(channel, { type: 'n', n: 3 });
        now = 60_000;
        expect((await drain(layer, channel)).map(({ n }) => n)).toEqual([2, 3]);
        expect(layer.counters.dropped.expired).toBe(1);
      });

      test('P24: what has expired takes no room', async () => {
        let now = 0;
        const layer = make({ now: () => now, capacity: 1 });
        const channel = await layer.newChannel();
        await layer.send(channel, { type: 'n', n: 1 });
        now = 60_000;
        await layer.send(channel, { type: 'n', n: 2 });
        expect((await drain(layer, channel)).map(({ n }) => n)).toEqual([2]);
      });
    }

    test('P27: a message to a channel that is not open is dropped and counted', async () => {
      const layer = make();
      const channel = await layer.newChannel();
      await layer.release(channel);
      await layer.release(channel);
      await layer.send(channel, { type: 'a' });
      expect(layer.counters.dropped.unknown).toBe(1);
      await expect(layer.receive(channel)).rejects.toThrow(/is not open here/);
      await expect(layer.groupAdd('g', channel)).rejects.toThrow(/is not open here/);
    });

    test('P28: an aborted receive takes no message', async () => {
      const layer = make();
      const channel = await layer.newChannel();
      const stop = new AbortController();
      const first = layer.receive(channel, stop.signal);
      stop.abort();
      await expect(first).rejects.toMatchObject({ name: 'AbortError' });
      await layer.send(channel, { type: 'a' });
      const late = layer.receive(channel, stop.signal);
      await expect(late).rejects.toMatchObject({ name: 'AbortError' });
      expect(await layer.receive(channel)).toEqual({ type: 'a' });
    });

    if (make().capabilities.flush) {
      test('P26: flush forgets messages, groups and counters', async () => {
        const layer = make();
        const channel = await layer.newChannel();
        await layer.groupAdd('g', channel);
        await layer.groupSend('g', { type: 'a' });
        await layer.flush?.();
        await layer.groupSend('g', { type: 'b' });
        expect(await drain(layer, channel)).toEqual([]);
        expect(layer.counters.delivered).toBe(0);
        await layer.groupAdd('g', channel);
        await layer.groupSend('g', { type: 'c' });
        expect(await drain(layer, channel)).toEqual([{ type: 'c' }]);
      });
    }
  });
}

function circular(): unknown {
  const message: Record<string, unknown> = { type: 'a' };
  message['self'] = message;
  return message;
}
