import { expect, test } from 'vitest';
import {
  asApplication,
  InMemoryChannelLayer,
  NoHandlerError,
  StopConsumer,
  UsageError,
  WebSocketCommunicator,
  WebSocketConsumer,
  type Handlers,
} from '../../server/channels/index.ts';

test('P1: handlers of the socket and of the layer take turns', async () => {
  const layer = new InMemoryChannelLayer();
  const log: string[] = [];
  const slowly = async (name: string) => {
    log.push(`${name} begins`);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    log.push(`${name} ends`);
  };
  class Busy extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = { tick: () => slowly('tick') };
    override receive = () => slowly('receive');
  }
  const peer = new WebSocketCommunicator(asApplication(Busy, { layer }), '/');
  await peer.connect();
  for (let i = 0; i < 3; i++) {
    peer.sendTo('x');
    await layer.groupSend('all', { type: 'tick' });
  }
  await peer.receiveNothing();
  await peer.disconnect();

  expect(log).toHaveLength(12);
  expect(log.filter((line) => line.startsWith('tick'))).toHaveLength(6);
  for (let i = 0; i < log.length; i += 2) {
    expect(log[i + 1]).toBe(log[i]?.replace('begins', 'ends'));
  }
});

test('P1: what a handler itself calls for comes after it, and what comes then after that', async () => {
  const layer = new InMemoryChannelLayer();
  const log: string[] = [];
  const slowly = async (name: string) => {
    log.push(`${name} begins`);
    for (let i = 0; i < 20; i++) await Promise.resolve();
    log.push(`${name} ends`);
  };
  class Busy extends WebSocketConsumer {
    override readonly handlers: Handlers = { tick: () => slowly('tick') };
    override receive(text: string) {
      this.inTurn(() => slowly('task'));
      return text === 'slowly' ? slowly('receive') : undefined;
    }
    override disconnect() {
      log.push('disconnect');
    }
  }
  for (const how of ['slowly', 'at once']) {
    log.length = 0;
    const peer = new WebSocketCommunicator(asApplication(Busy, { layer }), '/');
    await peer.connect();
    peer.sendTo(how);
    peer.sendTo(how);
    await peer.disconnect();
    expect(log.pop()).toBe('disconnect');
    expect(log.length).toBeGreaterThan(0);
    for (let i = 0; i < log.length; i += 2) {
      expect(log[i + 1]).toBe(log[i]?.replace('begins', 'ends'));
    }
  }
});

test('P1: disconnect waits for the handler that is running', async () => {
  const log: string[] = [];
  const gate = Promise.withResolvers<void>();
  class Slow extends WebSocketConsumer {
    override async receive() {
      await gate.promise;
      log.push('receive ends');
    }
    override disconnect() {
      log.push('disconnect');
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Slow), '/');
  await peer.connect();
  peer.sendTo('x');
  const left = peer.disconnect();
  gate.resolve();
  await left;
  expect(log).toEqual(['receive ends', 'disconnect']);
});

/** Ways to end, and what `disconnect` then hears. */
const endings: [string, (peer: WebSocketCommunicator) => void, number][] = [
  ['the peer leaves without a code', (peer) => void peer.disconnect(), 1005],
  ['the peer closes', (peer) => void peer.disconnect(4000, 'bye'), 4000],
  ['the peer drops', (peer) => void peer.disconnect(1006), 1006],
  ['the consumer closes', (peer) => peer.sendTo('close'), 4555],
  ['the consumer stops', (peer) => peer.sendTo('stop'), 1000],
  ['a handler throws', (peer) => peer.sendTo('throw'), 1011],
  ['a handler closes and throws', (peer) => peer.sendTo('close and throw'), 1011],
];
test.for(endings)('P2: disconnect runs exactly once when %s', async ([, end, code]) => {
  const codes: number[] = [];
  class Ending extends WebSocketConsumer {
    override receive(text: string) {
      if (text.startsWith('close')) this.close(4555, 'enough');
      if (text === 'stop') throw new StopConsumer();
      if (text.endsWith('throw')) throw new Error('a fault');
    }
    override disconnect(code: number) {
      codes.push(code);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Ending), '/');
  await peer.connect();
  end(peer);
  await peer.wait().catch(() => undefined);
  await peer.disconnect(4999).catch(() => undefined);
  expect(codes).toEqual([code]);
});

const refusals: [string, (consumer: WebSocketConsumer) => void][] = [
  ['denies', (consumer) => void consumer.deny()],
  ['closes', (consumer) => void consumer.close()],
  [
    'throws',
    () => {
      throw new Error('a fault');
    },
  ],
];
test.for(refusals)('P2: disconnect runs with 1006 when connect %s', async ([, connect]) => {
  const codes: number[] = [];
  class Closed extends WebSocketConsumer {
    override connect() {
      connect(this);
    }
    override disconnect(code: number) {
      codes.push(code);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Closed), '/');
  expect(await peer.connect()).toMatchObject({ accepted: false });
  await peer.wait().catch(() => undefined);
  expect(codes).toEqual([1006]);
});

test('P2: disconnect runs when a handler of the layer throws, and its groups are left', async () => {
  const layer = new InMemoryChannelLayer();
  const codes: number[] = [];
  class Fragile extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = {
      poison: () => {
        throw new Error('a fault');
      },
    };
    override disconnect(code: number) {
      codes.push(code);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Fragile, { layer }), '/');
  await peer.connect();
  await layer.groupSend('all', { type: 'poison' });
  await expect(peer.wait()).rejects.toThrow('a fault');
  expect(codes).toEqual([1011]);
  expect(layer.contents.groups.size).toBe(0);
});

test('P3: an exception closes with 1011 after disconnect ran, and no handler runs after it', async () => {
  const log: string[] = [];
  class Faulty extends WebSocketConsumer {
    override receive(text: string) {
      log.push(text);
      throw new Error('a fault');
    }
    override async disconnect() {
      await Promise.resolve();
      log.push(`disconnect, ${String(this.send('late').sent)}`);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Faulty), '/');
  await peer.connect();
  peer.sendTo('first');
  peer.sendTo('second');
  expect(await peer.receiveClose()).toEqual({ code: 1011, reason: '' });
  expect(log).toEqual(['first', 'disconnect, false']);
  await expect(peer.wait()).rejects.toThrow('a fault');
});

test('P3: what the layer brought meanwhile is not handled after an exception', async () => {
  const layer = new InMemoryChannelLayer();
  const log: string[] = [];
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  class Faulty extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = { tick: () => void log.push('tick') };
    override async receive() {
      begun.resolve();
      await gate.promise;
      throw new Error('a fault');
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Faulty, { layer }), '/');
  await peer.connect();
  peer.sendTo('x');
  await begun.promise;
  await layer.groupSend('all', { type: 'tick' });
  gate.resolve();
  await expect(peer.wait()).rejects.toThrow('a fault');
  expect(log).toEqual([]);
});

test('P3: an exception before accept is HTTP 500', async () => {
  class Faulty extends WebSocketConsumer {
    override connect() {
      throw new Error('a fault');
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Faulty), '/');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 500 } });
  await expect(peer.wait()).rejects.toThrow('a fault');
});

test('P3: what disconnect throws too is reported beside the first exception', async () => {
  class Faulty extends WebSocketConsumer {
    override receive() {
      throw new Error('first');
    }
    override disconnect() {
      throw new Error('second');
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Faulty), '/');
  await peer.connect();
  peer.sendTo('x');
  await expect(peer.wait()).rejects.toMatchObject({
    errors: [new Error('first'), new Error('second')],
  });
});

test('P4: StopConsumer closes with 1000 and is no failure', async () => {
  class Shy extends WebSocketConsumer {
    override receive() {
      throw new StopConsumer();
    }
    override disconnect() {
      throw new StopConsumer();
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Shy), '/');
  await peer.connect();
  peer.sendTo('x');
  expect(await peer.receiveClose()).toEqual({ code: 1000, reason: '' });
  await peer.wait();
});

test('P4: StopConsumer before accept is HTTP 403', async () => {
  class Shy extends WebSocketConsumer {
    override connect() {
      throw new StopConsumer();
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Shy), '/');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 403 } });
  await peer.wait();
});

test.for(['__proto__', 'constructor', 'toString', 'disconnect', 'chat_message', ''])(
  'P5: a layer message of type %j reaches nothing',
  async (type) => {
    const layer = new InMemoryChannelLayer();
    const reached: string[] = [];
    class Chat extends WebSocketConsumer {
      override readonly groups = ['all'];
      override readonly handlers: Handlers = { 'chat.message': () => void reached.push('handler') };
      override disconnect(code: number) {
        reached.push(`disconnect ${code}`);
      }
      chat_message() {
        reached.push('method');
      }
    }
    const peer = new WebSocketCommunicator(asApplication(Chat, { layer }), '/');
    await peer.connect();
    await layer.groupSend('all', { type });
    await expect(peer.wait()).rejects.toThrow(NoHandlerError);
    expect(reached).toEqual(['disconnect 1011']);
  },
);

test('P6: groups are joined before connect and left before disconnect', async () => {
  const layer = new InMemoryChannelLayer();
  const seen: (number | undefined)[] = [];
  class Member extends WebSocketConsumer {
    override readonly groups = ['all'];
    override connect() {
      seen.push(layer.contents.groups.get('all')?.length);
      this.accept();
    }
    override disconnect() {
      seen.push(layer.contents.groups.get('all')?.length);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Member, { layer }), '/');
  await peer.connect();
  await peer.disconnect();
  expect(seen).toEqual([1, undefined]);
});

test('P6: groups without a layer say what is missing', async () => {
  class Member extends WebSocketConsumer {
    override readonly groups = ['all'];
  }
  const peer = new WebSocketCommunicator(asApplication(Member), '/');
  expect(await peer.connect()).toMatchObject({ accepted: false });
  await expect(peer.wait()).rejects.toThrow(/Member has no channel layer.*\{ layer \}/);
});

test('P7: every connection has a consumer and a channel of its own', async () => {
  const layer = new InMemoryChannelLayer();
  class Named extends WebSocketConsumer {
    count = 0;
    override receive() {
      this.count += 1;
      this.send(`${this.count} ${this.channelName}`);
    }
  }
  const application = asApplication(Named, { layer });
  const alice = new WebSocketCommunicator(application, '/');
  const bob = new WebSocketCommunicator(application, '/');
  await alice.connect();
  await bob.connect();
  alice.sendTo('x');
  bob.sendTo('x');
  const [one, two] = [await alice.receiveFrom(), await bob.receiveFrom()];
  expect(one).toMatch(/^1 specific\./);
  expect(two).toMatch(/^1 specific\./);
  expect(one).not.toBe(two);
  await alice.disconnect();
  await bob.disconnect();
});

test('P8: a consumer of WebSockets refuses an HTTP scope', () => {
  class Chat extends WebSocketConsumer {}
  const make = () =>
    new Chat({
      scope: {
        type: 'http',
        scheme: 'http',
        method: 'GET',
        httpVersion: '1.1',
        path: '/',
        rawPath: '/',
        queryString: '',
        headers: [],
        urlRoute: { args: [], kwargs: {} },
      },
      send: () => ({ sent: true }),
    });
  expect(make).toThrow(UsageError);
});
