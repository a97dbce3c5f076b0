import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ChannelFull,
  type ChannelLayer,
  type InMemoryOptions,
  type LayerCapabilities,
  type LayerMessage,
} from '../../server/channels/index.ts';

/** Resolves when what `from` has sent has come to `to`: one more message has, after it. */
export async function settle(from: ChannelLayer, to = from): Promise<void> {
  const marker = await to.newChannel();
  const next = to.receive(marker);
  for (let sent = false; !sent;) {
    sent = await from.send(marker, { type: 'marker' }).then(
      () => true,
      (error) => {
        if (error instanceof ChannelFull) return false; // until the reader has made room
        throw error;
      },
    );
  }
  await next;
  await to.release(marker);
}

/** Reads what waits in a channel, and no more. */
export async function drain(
  layer: ChannelLayer,
  channel: string,
  from = layer,
): Promise<LayerMessage[]> {
  await settle(from, layer);
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

/**
 * What every channel layer keeps, as far as its capabilities go. `open` gives a layer; what a test
 * opens, shares what it can share, and is closed when it ends.
 */
export function layerContract(
  name: string,
  can: LayerCapabilities,
  open: (options: InMemoryOptions) => Promise<ChannelLayer>,
) {
  const make = async (options: InMemoryOptions = {}) => {
    const layer = await open(options);
    onTestFinished(() => layer.close());
    return layer;
  };

  describe(name, () => {
    test('P19: channel names are unlike each other and lead to their channel', async () => {
      const layer = await make();
      const [one, two] = [await layer.newChannel(), await layer.newChannel('worker')];
      expect(one).toMatch(/^(specific\.[\w.]*![\w]+|asgispecific\.\w+)$/);
      expect(two).toMatch(/^(asgi)?worker\./);
      await layer.send(two, { type: 'a', text: 'two' });
      await layer.send(one, { type: 'a', text: 'one' });
      expect(await layer.receive(one)).toEqual({ type: 'a', text: 'one' });
      expect(await layer.receive(two)).toEqual({ type: 'a', text: 'two' });
    });

    test.for(['', 'a b', 'r\n', 'r٣', '中文', 'x!é', 'a!b!c', '!a', 'x'.repeat(100)])(
      'P19: %j is no channel name',
      async (channel) => {
        const layer = await make();
        const bad = { name: 'TypeError', message: expect.stringContaining('Use ASCII') as string };
        await expect(layer.send(channel, { type: 'a' })).rejects.toMatchObject(bad);
        await expect(layer.receive(channel)).rejects.toMatchObject(bad);
        await expect(layer.groupAdd('g', channel)).rejects.toMatchObject(bad);
      },
    );

    test.for(['', 'a b', 'g\n', 'g!', '中文', 'x'.repeat(100)])(
      'P19: %j is no group name',
      async (group) => {
        const layer = await make();
        const channel = await layer.newChannel();
        const bad = { name: 'TypeError', message: expect.stringContaining('Use ASCII') as string };
        await expect(layer.groupAdd(group, channel)).rejects.toMatchObject(bad);
        await expect(layer.groupDiscard(group, channel)).rejects.toMatchObject(bad);
        await expect(layer.groupSend(group, { type: 'a' })).rejects.toMatchObject(bad);
      },
    );

    test('P19: names of 99 characters are good', async () => {
      const layer = await make();
      await layer.groupAdd('x'.repeat(99), await layer.newChannel());
      const next = layer.receive('y'.repeat(99));
      await layer.send('y'.repeat(99), { type: 'a' });
      expect(await next).toEqual({ type: 'a' });
    });

    test('P20: a message arrives as it was sent, with every kind of value', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      const message: LayerMessage = {
        type: 'chat.message',
        text: 'hé 界 😀',
        list: [1, -1.5, true, null, ['x'], { a: 1 }],
        map: { 'any key': '', nested: { deeper: [] } },
        bytes: Uint8Array.of(0, 255),
        integers: [2 ** 31, 2 ** 32, -(2 ** 31) - 1, -(2 ** 53) + 1, 2n ** 63n - 1n, -(2n ** 63n)],
        floats: [2 ** 53, 0.1, 1e300, NaN, -Infinity],
      };
      await layer.send(channel, message);
      expect(await layer.receive(channel)).toEqual(message);
    });

    test('P20: a lone surrogate becomes U+FFFD', async () => {
      const layer = await make();
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
      ['with a bigint', { type: 'a', x: 1n }, /message\.x is a bigint that a number can hold/],
      ['beyond 64 bits', { type: 'a', x: 2n ** 63n }, /message\.x is beyond 64 bits/],
      ['with a hole', { type: 'a', x: Array(1) }, /message\.x\[0\] is undefined/],
      ['with the key of layers', { type: 'a', __asgi_channel__: 'x' }, /__asgi_channel__.*layer's/],
      ['with a key __proto__', JSON.parse('{"type":"a","x":{"__proto__":{}}}'), /__proto__/],
      ['that holds itself', circular(), /nested too deeply/],
    ];
    test.for(bad)('P20: a message %s is a TypeError', async ([, message, remedy]) => {
      const layer = await make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      const error = { name: 'TypeError', message: expect.stringMatching(remedy) as string };
      await expect(layer.send(channel, message as LayerMessage)).rejects.toMatchObject(error);
      await expect(layer.groupSend('g', message as LayerMessage)).rejects.toMatchObject(error);
      expect(await drain(layer, channel)).toEqual([]);
    });

    test('P21: neither sender nor receivers change what others receive', async () => {
      const layer = await make();
      const [one, two] = [await layer.newChannel(), await layer.newChannel()];
      await layer.groupAdd('g', one);
      await layer.groupAdd('g', two);
      for (const bytes of [[], [Uint8Array.of(1)]]) {
        const message = { type: 'a', list: ['x'], bytes };
        const expected = structuredClone(message);
        const sent = layer.groupSend('g', message);
        message.list.push('by the sender');
        await sent;
        const first = await layer.receive(one);
        expect(() => Object.assign(first, { type: 'changed' })).toThrow(TypeError);
        expect(() => (first['list'] as string[]).push('changed')).toThrow(TypeError);
        for (const own of first['bytes'] as Uint8Array[]) own[0] = 9;
        expect(await layer.receive(two)).toEqual(expected);
      }
    });

    test('P22: messages come in order, once', async () => {
      const layer = await make();
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
      const layer = await make();
      const read = [layer.receive('tasks'), layer.receive('tasks')];
      await layer.send('tasks', { type: 'n', n: 1 });
      await layer.send('tasks', { type: 'n', n: 2 });
      expect((await Promise.all(read)).map(({ n }) => n)).toEqual([1, 2]);
    });

    test('P22: a group reaches its members, once each, and nobody else', async () => {
      const layer = await make();
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

    test('P23: a member that does not read loses what comes when its channel is full', async () => {
      const layer = await make({ capacity: 3 });
      const [full, free] = [await layer.newChannel(), await layer.newChannel()];
      await layer.groupAdd('g', full);
      await layer.groupAdd('g', free);
      for (let n = 0; n < 5; n++) {
        await layer.groupSend('g', { type: 'n', n });
        expect(await layer.receive(free)).toEqual({ type: 'n', n });
      }
      expect(layer.counters).toMatchObject({ refused: 0, dropped: { full: 2 } });
      expect((await layer.describe('g')).members).toContainEqual({
        channel: full,
        waiting: 3,
        lost: 2,
      });
      expect((await drain(layer, full)).map(({ n }) => n)).toEqual([0, 1, 2]);
    });

    test.runIf(can.capacity)('P23: send to a full channel is ChannelFull', async () => {
      const layer = await make({ capacity: 3 });
      const free = await layer.newChannel();
      await layer.groupAdd('g', 'tasks');
      await layer.groupAdd('g', free);
      for (let n = 0; n < 3; n++) await layer.send('tasks', { type: 'n', n });
      await expect(layer.send('tasks', { type: 'n', n: 3 })).rejects.toThrow(ChannelFull);
      await layer.groupSend('g', { type: 'n', n: 4 });
      expect(layer.counters).toMatchObject({ refused: 1, dropped: { full: 1 } });
      expect((await drain(layer, free)).map(({ n }) => n)).toEqual([4]);
      for (let n = 0; n < 3; n++) expect(await layer.receive('tasks')).toMatchObject({ n });
    });

    test.runIf(can.capacity)(
      'P23: a channel holds 100 messages unless told otherwise',
      async () => {
        const layer = await make();
        for (let n = 0; n < 100; n++) await layer.send('tasks', { type: 'n', n });
        await expect(layer.send('tasks', { type: 'n' })).rejects.toMatchObject({
          name: 'ChannelFull',
          channel: 'tasks',
        });
      },
    );

    test.runIf(!can.capacity)('P23: send cannot know that a channel is full', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      for (let n = 0; n < 1_001; n++) await layer.send(channel, { type: 'n', n });
      expect(await drain(layer, channel)).toHaveLength(1_000);
      expect(layer.counters).toMatchObject({ refused: 0, dropped: { full: 1 } });
    });

    test.runIf(can.expiry)('P24: a message is dropped and counted after 60 s', async () => {
      let now = 0;
      const layer = await make({ now: () => now });
      const channel = await layer.newChannel();
      const times = [0, 1_000, 59_999];
      for (const [n, at] of times.entries()) {
        now = at;
        await layer.send(channel, { type: 'n', n });
        await settle(layer);
      }
      now = 60_000;
      expect((await drain(layer, channel)).map(({ n }) => n)).toEqual([1, 2]);
      expect(layer.counters.dropped.expired).toBe(1);
    });

    test.runIf(can.expiry)('P24: what has expired takes no room', async () => {
      let now = 0;
      const layer = await make({ now: () => now, capacity: 1 });
      for (const name of ['tasks', await layer.newChannel()]) {
        now = 0;
        await layer.send(name, { type: 'n', n: 1 });
        await settle(layer);
        now = 61_000; // in Redis it counts by whole seconds
        await layer.send(name, { type: 'n', n: 2 });
        await settle(layer);
        expect(await layer.receive(name)).toMatchObject({ n: 2 });
      }
    });

    test.runIf(!can.expiry)('P24: what waits in a process does not expire', async () => {
      let now = 0;
      const layer = await make({ now: () => now });
      const channel = await layer.newChannel();
      await layer.send(channel, { type: 'a' });
      await settle(layer);
      now = 1e9;
      expect(await drain(layer, channel)).toEqual([{ type: 'a' }]);
    });

    test('P42: its flag says whether it keeps what nobody waits for', async () => {
      const layer = await make();
      await layer.send('tasks', { type: 'n', n: 1 });
      const next = layer.receive('tasks');
      if (!can.keeps) await settle(layer); // by then it listens
      await layer.send('tasks', { type: 'n', n: 2 });
      expect(await next).toMatchObject({ n: can.keeps ? 1 : 2 });
    });

    test('P42: its flag says whether it reaches other processes', async () => {
      const [here, there] = [await make(), await make()];
      const [near, far] = [await here.newChannel(), await there.newChannel()];
      await here.groupAdd('g', near);
      await there.groupAdd('g', far);
      await here.groupSend('g', { type: 'n', n: 1 });
      if (can.acrossProcesses) await settle(here, there);
      await there.groupSend('g', { type: 'n', n: 2 });
      if (can.acrossProcesses) await settle(there, here);
      const [reach, own] = can.acrossProcesses
        ? [
            [1, 2],
            [1, 2],
          ]
        : [[2], [1]];
      expect((await drain(there, far)).map(({ n }) => n)).toEqual(reach);
      expect((await drain(here, near)).map(({ n }) => n)).toEqual(own);
    });

    test('P42: its flag says whether what waits outlives the process', async () => {
      const [here, there] = [await make(), await make()];
      await here.send('tasks', { type: 'n', n: 1 });
      await here.close();
      const next = there.receive('tasks');
      if (!can.outlivesProcess) await settle(there);
      if (!can.outlivesProcess) await there.send('tasks', { type: 'n', n: 2 });
      expect(await next).toMatchObject({ n: can.outlivesProcess ? 1 : 2 });
    });

    test('P42: its flag says whether readers share the work, wherever they run', async () => {
      const here = await make();
      const there = can.acrossProcesses ? await make() : here;
      const read = [here.receive('tasks'), there.receive('tasks')];
      await settle(there);
      for (let n = 1; n <= 2; n++) await here.send('tasks', { type: 'n', n });
      const numbers = (await Promise.all(read)).map(({ n }) => n);
      expect(numbers.sort()).toEqual(can.sharesWork ? [1, 2] : [1, 1]);
    });

    test('a group can be looked at', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      expect(await layer.describe('g')).toMatchObject({
        group: 'g',
        many: 1,
        capacity: can.capacity ? 100 : 1_000,
        members: [{ channel, waiting: 0, lost: 0 }],
      });
      await expect(layer.describe('a b')).rejects.toThrow('Use ASCII');
    });

    test('P26: close releases every channel', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      const next = layer.receive(channel);
      const released = expect(next).rejects.toThrow('was released');
      await layer.close();
      await released;
      await expect(layer.receive(channel)).rejects.toThrow(/is not open here/);
    });

    test('P27: a message to a channel that is not open is dropped and counted', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      await layer.release(channel);
      await layer.release(channel);
      await layer.send(channel, { type: 'a' });
      await settle(layer);
      expect(layer.counters.dropped.unknown).toBe(1);
      await expect(layer.receive(channel)).rejects.toThrow(/is not open here/);
      await expect(layer.groupAdd('g', channel)).rejects.toThrow(/is not open here/);
    });

    test('P28: an aborted receive takes no message', async () => {
      const layer = await make();
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

    test.runIf(can.flush)('P26: flush forgets messages, groups and counters', async () => {
      const layer = await make();
      const channel = await layer.newChannel();
      await layer.groupAdd('g', channel);
      await layer.groupSend('g', { type: 'a' });
      await settle(layer);
      await layer.flush?.();
      expect(layer.counters.delivered).toBe(0);
      await layer.groupSend('g', { type: 'b' });
      expect(await drain(layer, channel)).toEqual([]);
      await layer.groupAdd('g', channel);
      await layer.groupSend('g', { type: 'c' });
      expect(await drain(layer, channel)).toEqual([{ type: 'c' }]);
    });
  });
}

function circular(): unknown {
  const message: Record<string, unknown> = { type: 'a' };
  message['self'] = message;
  return message;
}
