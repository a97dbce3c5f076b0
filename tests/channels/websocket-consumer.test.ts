import { expect, test } from 'vitest';
import {
  asApplication,
  JsonWebSocketConsumer,
  WebSocketCommunicator,
  WebSocketConsumer,
} from '../../server/channels/index.ts';

/** What `act` throws inside a consumer that is asked to connect. */
async function thrownIn(act: (consumer: WebSocketConsumer) => void): Promise<unknown> {
  const thrown = Promise.withResolvers<unknown>();
  class Misused extends WebSocketConsumer {
    override connect() {
      try {
        act(this);
        thrown.resolve(undefined);
      } catch (error) {
        thrown.resolve(error);
      }
      this.accept();
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Misused), '/', { subprotocols: ['chat'] });
  void peer.connect().catch(() => undefined);
  return thrown.promise;
}

const misuses: [string, (consumer: WebSocketConsumer) => void, RegExp][] = [
  ['send before accept', (c) => void c.send('x'), /Call accept\(\) first/],
  [
    'accept twice',
    (c) => {
      c.accept();
      c.accept();
    },
    /Call it once/,
  ],
  [
    'deny after accept',
    (c) => {
      c.accept();
      c.deny();
    },
    /use close\(code\)/,
  ],
  ['kwarg', (c) => void c.kwarg('constructor'), /Name the group/],
  ['no layer', (c) => void c.channelLayer, /asApplication\(Misused, \{ layer/],
];
test.for(misuses)('P8: %s throws a sentence with the remedy', async ([, act, remedy]) => {
  expect(await thrownIn(act)).toMatchObject({
    name: 'UsageError',
    message: expect.stringMatching(remedy) as string,
  });
});

test('P9: after close and in disconnect, sending does nothing and says so', async () => {
  const results: unknown[] = [];
  class Talkative extends WebSocketConsumer {
    override receive(text: string) {
      results.push(
        this.send(text),
        this.close(4000),
        this.send('late'),
        this.close(),
        this.accept(),
      );
    }
    override disconnect() {
      results.push(this.send('later'));
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Talkative), '/');
  await peer.connect();
  peer.sendTo('x');
  expect(await peer.receiveFrom()).toBe('x');
  expect(await peer.receiveClose()).toEqual({ code: 4000, reason: '' });
  await peer.wait();
  const closed = { sent: false, because: 'closed' };
  expect(results).toEqual([{ sent: true }, { sent: true }, closed, closed, closed, closed]);
  expect(await peer.receiveNothing()).toBe(true);
});

test('P9: nor is what waited for others to have their turn', async () => {
  const log: string[] = [];
  const handled = Promise.withResolvers<void>();
  class Busy extends WebSocketConsumer {
    override receive(text: string) {
      log.push(text);
      const end = performance.now() + 30; // the next waits, since this turn has been long
      while (performance.now() < end);
      setImmediate(() => this.close());
      handled.resolve();
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Busy), '/');
  await peer.connect();
  for (const text of ['a', 'b', 'c']) peer.sendTo(text);
  await handled.promise;
  await new Promise((resolve) => setImmediate(resolve));
  await peer.disconnect();
  expect(log).toEqual(['a']);
});

test('P9: what waits when the consumer closes is not delivered', async () => {
  const received: string[] = [];
  class Brief extends WebSocketConsumer {
    override async receive(text: string) {
      received.push(text);
      await Promise.resolve();
      this.close();
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Brief), '/');
  await peer.connect();
  peer.sendTo('first');
  peer.sendTo('second');
  await peer.wait();
  expect(received).toEqual(['first']);
});

test.for([999, 1002, 1004, 1005, 1006, 1010, 1012, 1015, 2999, 5000, 1000.5, Number.NaN])(
  'P10: close(%d) throws a RangeError',
  async (code) => {
    expect(await thrownIn((consumer) => void consumer.close(code))).toBeInstanceOf(RangeError);
  },
);

test.for([1000, 1001, 1003, 1007, 1008, 1009, 1011, 3000, 4999])(
  'P10: close(%d) closes',
  async (code) => {
    class Closing extends WebSocketConsumer {
      override receive() {
        this.close(code, '界'.repeat(41));
      }
    }
    const peer = new WebSocketCommunicator(asApplication(Closing), '/');
    await peer.connect();
    peer.sendTo('x');
    expect(await peer.receiveClose()).toEqual({ code, reason: '界'.repeat(41) });
  },
);

test('P10: a reason over 123 bytes throws a RangeError', async () => {
  const long = (consumer: WebSocketConsumer) => void consumer.close(1000, '界'.repeat(42));
  expect(await thrownIn(long)).toMatchObject({
    name: 'RangeError',
    message: 'A close reason holds 123 bytes of UTF-8, this one has 126. Shorten it.',
  });
});

test('P11: deny is the HTTP refusal it is told to be', async () => {
  class Full extends WebSocketConsumer {
    override connect() {
      this.deny({ status: 429, detail: 'Too many. Come back later.' });
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Full), '/');
  expect(await peer.connect()).toEqual({
    accepted: false,
    refusal: { status: 429, detail: 'Too many. Come back later.' },
  });
});

test('P11: close before accept is HTTP 403', async () => {
  class Private extends WebSocketConsumer {
    override connect() {
      this.close(4001);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Private), '/');
  expect(await peer.connect()).toMatchObject({ accepted: false, refusal: { status: 403 } });
  await peer.wait();
});

test('P12: a subprotocol that was offered is accepted', async () => {
  class Chat extends WebSocketConsumer {
    override connect() {
      this.accept({ subprotocol: 'chat' });
    }
  }
  const application = asApplication(Chat);
  const peer = new WebSocketCommunicator(application, '/', { subprotocols: ['soap', 'chat'] });
  expect(await peer.connect()).toEqual({ accepted: true, subprotocol: 'chat' });
  await peer.disconnect();
});

test('P12: a subprotocol that was not offered throws', async () => {
  expect(await thrownIn((consumer) => void consumer.accept({ subprotocol: 'soap' }))).toMatchObject(
    {
      name: 'UsageError',
      message: expect.stringContaining('scope.subprotocols') as string,
    },
  );
});

test('P13: where only text is taken, binary closes with 1003', async () => {
  class Text extends WebSocketConsumer {
    override receive(text: string) {
      this.send(text);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Text), '/');
  await peer.connect();
  peer.sendTo(Uint8Array.of(1));
  expect(await peer.receiveClose()).toMatchObject({ code: 1003 });
});

test('P13: where only binary is taken, text closes with 1003', async () => {
  class Binary extends WebSocketConsumer {
    override receiveBytes(bytes: Uint8Array) {
      this.send(bytes);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Binary), '/');
  await peer.connect();
  peer.sendTo(Uint8Array.of(1, 2));
  expect(await peer.receiveFrom()).toEqual(Uint8Array.of(1, 2));
  peer.sendTo('text');
  expect(await peer.receiveClose()).toMatchObject({ code: 1003 });
});

class Echo extends JsonWebSocketConsumer {
  override receiveJson(content: unknown) {
    this.sendJson({ content });
  }
}

test('P14: JSON comes parsed and goes as JSON', async () => {
  const peer = new WebSocketCommunicator(asApplication(Echo), '/');
  await peer.connect();
  peer.sendJsonTo({ a: [1, '界'] });
  expect(await peer.receiveJsonFrom()).toEqual({ content: { a: [1, '界'] } });
  peer.sendTo('null');
  expect(await peer.receiveFrom()).toBe('{"content":null}');
  await peer.disconnect();
});

test.for(['', '{', 'hello', 'undefined'])('P14: %j closes with 1007', async (text) => {
  const peer = new WebSocketCommunicator(asApplication(Echo), '/');
  await peer.connect();
  peer.sendTo(text);
  expect(await peer.receiveClose()).toEqual({ code: 1007, reason: 'not JSON' });
});

test('P14: malformed may answer instead, and the socket stays open', async () => {
  class Patient extends Echo {
    override malformed(text: string) {
      this.sendJson({ problem: text });
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Patient), '/');
  await peer.connect();
  peer.sendTo('{');
  expect(await peer.receiveJsonFrom()).toEqual({ problem: '{' });
  peer.sendTo('1');
  expect(await peer.receiveJsonFrom()).toEqual({ content: 1 });
  await peer.disconnect();
});

test('P14: sendJson throws for what JSON cannot say', async () => {
  class Mute extends Echo {
    override receiveJson() {
      this.sendJson(undefined);
    }
  }
  const peer = new WebSocketCommunicator(asApplication(Mute), '/');
  await peer.connect();
  peer.sendTo('1');
  await expect(peer.wait()).rejects.toThrow('JSON has no undefined. Send null, or an object.');
});
