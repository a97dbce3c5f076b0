import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  asApplication,
  InMemoryChannelLayer,
  route,
  urlRouter,
  WebSocketConsumer,
  type Application,
  type Handlers,
  type WebSocketScope,
} from '../../server/channels/index.ts';
import { closeOf, frame, handshake, refusalOf, serve, textOf } from './support.ts';

class Echo extends WebSocketConsumer {
  override receive(text: string) {
    this.send(text);
  }
}

/** An application whose consumers tell how they ended. */
function witness(Kind: typeof WebSocketConsumer = Echo) {
  const ended = Promise.withResolvers<{ code: number; reason: string }>();
  class Witness extends Kind {
    override disconnect(code: number, reason: string) {
      ended.resolve({ code, reason });
    }
  }
  return { application: asApplication(Witness), ended: ended.promise };
}

test('P31: the handshake waits for accept', async () => {
  const gate = Promise.withResolvers<void>();
  class Careful extends Echo {
    override async connect() {
      await gate.promise;
      this.accept();
      this.send('welcome');
    }
  }
  const { client, service } = await serve(asApplication(Careful));
  const ws = client();
  const first = textOf(ws);
  while (service.size === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(ws.readyState).toBe(ws.CONNECTING);
  gate.resolve();
  expect(await first).toBe('welcome');
});

test('P31: the subprotocol that the application chose is in the answer', async () => {
  class Polyglot extends Echo {
    override connect() {
      const [, second] = this.scope.subprotocols;
      this.accept(second === undefined ? {} : { subprotocol: second });
    }
  }
  const { client } = await serve(asApplication(Polyglot));
  const two = client('/', ['soap', 'chat']);
  await once(two, 'open');
  expect(two.protocol).toBe('chat');
  const one = client('/', ['soap']);
  const [error] = (await once(one, 'error')) as [Error];
  expect(error.message).toBe('Server sent no subprotocol');
});

test('P31: the scope says what was on the wire', async () => {
  const scopes: WebSocketScope[] = [];
  class Curious extends Echo {
    override connect() {
      scopes.push(this.scope);
      this.accept();
    }
  }
  const { open, port } = await serve(
    urlRouter([route(/room\/(?<group>.+)\//, asApplication(Curious))]),
  );
  await open('/room/%E7%95%8C/?a=1&b=?', { headers: { 'X-Case': 'As It Is' } });
  const [scope] = scopes;
  expect(scope).toMatchObject({
    type: 'websocket',
    scheme: 'ws',
    httpVersion: '1.1',
    path: '/room/界/',
    rawPath: '/room/%E7%95%8C/',
    queryString: 'a=1&b=?',
    server: ['127.0.0.1', port],
    client: ['127.0.0.1', expect.any(Number)],
    urlRoute: { args: [], kwargs: { group: '界' } },
  });
  expect(scope?.headers).toContainEqual(['x-case', 'As It Is']);
});

test('P31: text and bytes go both ways as what they are', async () => {
  class Both extends Echo {
    override receiveBytes(bytes: Uint8Array) {
      this.send(bytes);
    }
  }
  const { open } = await serve(asApplication(Both));
  const ws = await open();
  ws.send('hé 界');
  expect(await once(ws, 'message')).toEqual([Buffer.from('hé 界'), false]);
  ws.send(Buffer.of(0, 255));
  expect(await once(ws, 'message')).toEqual([Buffer.of(0, 255), true]);
});

test('P32: a path without a route is 404, and others do not run', async () => {
  const { port, service } = await serve(urlRouter([route(/a\//, asApplication(Echo))]));
  const { status, head, problem } = await refusalOf(handshake(port, '/b/'));
  expect(status).toBe(404);
  expect(head).toContain('content-type: application/problem+json');
  expect(problem).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'No WebSocket is served at this path. Check the path.',
  });
  expect(service.size).toBe(0);
});

test('P32: a router behind another application is 404 too, and no fault', async () => {
  const router = urlRouter([]);
  const wrapped: Application = (scope, receive, send) => router(scope, receive, send);
  const { port, errors } = await serve(wrapped);
  expect((await refusalOf(handshake(port))).status).toBe(404);
  expect(errors).toEqual([]);
});

test.for([
  ['a POST', 'POST', '/', {}, 405],
  ['another upgrade', 'GET', '/', { Upgrade: 'h2c' }, 400],
  ['no version', 'GET', '/', { 'Sec-WebSocket-Version': undefined }, 426],
  ['version 8', 'GET', '/', { 'Sec-WebSocket-Version': '8' }, 426],
  ['no key', 'GET', '/', { 'Sec-WebSocket-Key': undefined }, 400],
  ['a short key', 'GET', '/', { 'Sec-WebSocket-Key': 'AAAA' }, 400],
  ['an empty subprotocol', 'GET', '/', { 'Sec-WebSocket-Protocol': 'a,,b' }, 400],
  ['a repeated subprotocol', 'GET', '/', { 'Sec-WebSocket-Protocol': 'a, a' }, 400],
  ['a path that is no UTF-8', 'GET', '/%FF', {}, 400],
  ['a target that is no path', 'GET', 'http://localhost/', {}, 400],
] as const)('P32: %s is refused', async ([, method, target, fields, expected]) => {
  const { application } = witness();
  const { port, service } = await serve(application);
  const { status, problem } = await refusalOf(handshake(port, target, fields, method));
  expect(status).toBe(expected);
  expect(problem).toMatchObject({
    status: expected,
    detail: expect.stringMatching(/\.$/) as string,
  });
  expect(service.size).toBe(0);
});

test('P32: admit refuses with a problem and headers of its own', async () => {
  const asked: (string | undefined)[] = [];
  const { port } = await serve(asApplication(Echo), {
    admit: (request) => {
      asked.push(request.url);
      return {
        status: 429,
        type: '/problems/too-many',
        detail: 'Wait a second.',
        headers: { 'Retry-After': '1' },
      };
    },
  });
  const { status, head, problem } = await refusalOf(handshake(port, '/x'));
  expect(status).toBe(429);
  expect(head).toContain('retry-after: 1');
  expect(problem).toMatchObject({ type: '/problems/too-many', title: 'Too Many Requests' });
  expect(asked).toEqual(['/x']);
});

test('P32: a consumer that denies is HTTP 403', async () => {
  class Private extends Echo {
    override connect() {
      this.deny();
    }
  }
  const { application, ended } = witness(Private);
  const { port } = await serve(application);
  expect((await refusalOf(handshake(port))).status).toBe(403);
  expect(await ended).toEqual({ code: 1006, reason: '' });
});

test('P32: who speaks before the handshake is complete is refused', async () => {
  const silent = witness(
    class extends WebSocketConsumer {
      override connect() {}
    },
  );
  const { port } = await serve(silent.application);
  const socket = handshake(port);
  socket.write(frame(1, 'early'));
  expect((await refusalOf(socket)).status).toBe(400);
  expect(await silent.ended).toEqual({ code: 1006, reason: '' });
});

test('P32: one can ask whether a route matches', async () => {
  const { server, service, client } = await serve(urlRouter([route(/a\//, asApplication(Echo))]));
  const answers: boolean[] = [];
  server.prependListener('upgrade', (request) => answers.push(service.matches(request)));
  await once(client('/a/'), 'open');
  await once(client('/b/'), 'error');
  expect(answers).toEqual([true, false]);
});

test('P33: an application that does not answer is refused with 503', async () => {
  const silent = witness(
    class extends WebSocketConsumer {
      override connect() {}
    },
  );
  const { port } = await serve(silent.application, { handshakeTimeout: 20 });
  expect((await refusalOf(handshake(port))).status).toBe(503);
  expect(await silent.ended).toEqual({ code: 1006, reason: '' });
});

test('P33: an application that fails is refused with 500 and reported', async () => {
  const { port, errors } = await serve(async () => {
    throw new Error('a fault');
  });
  expect((await refusalOf(handshake(port))).status).toBe(500);
  expect(errors).toEqual([new Error('a fault')]);
});

test('P3: an exception closes with 1011 and is reported after disconnect ran', async () => {
  const log: unknown[] = [];
  class Faulty extends WebSocketConsumer {
    override receive() {
      throw new Error('a fault');
    }
    override async disconnect(code: number) {
      await new Promise((resolve) => setImmediate(resolve));
      log.push(code);
    }
  }
  const onError = (error: unknown) => log.push(error);
  const { open } = await serve(asApplication(Faulty), { onError });
  const ws = await open();
  ws.send('x');
  expect(await closeOf(ws)).toEqual({ code: 1011, reason: '' });
  expect(log).toEqual([1011, new Error('a fault')]);
});

test('P34: disconnect hears the code and reason of the peer', async () => {
  const { application, ended } = witness();
  const ws = await (await serve(application)).open();
  ws.close(4321, '再见');
  expect(await ended).toEqual({ code: 4321, reason: '再见' });
});

test('P34: disconnect hears 1005 where there was no code', async () => {
  const { application, ended } = witness();
  const ws = await (await serve(application)).open();
  ws.close();
  expect(await ended).toEqual({ code: 1005, reason: '' });
});

test('P34: disconnect hears 1006 for a drop, open or not yet', async () => {
  const open = witness();
  (await (await serve(open.application)).open()).terminate();
  expect(await open.ended).toEqual({ code: 1006, reason: '' });

  const asked = Promise.withResolvers<void>();
  const pending = witness(
    class extends WebSocketConsumer {
      override connect() {
        asked.resolve();
      }
    },
  );
  const socket = handshake((await serve(pending.application)).port);
  await asked.promise;
  socket.destroy();
  expect(await pending.ended).toEqual({ code: 1006, reason: '' });
});

test('P34: disconnect hears at once what the consumer itself closed with', async () => {
  class Closing extends WebSocketConsumer {
    override receive(text: string) {
      this.close(4000, text);
    }
  }
  const { application, ended } = witness(Closing);
  const ws = await (await serve(application)).open();
  ws.send('enough');
  ws.pause();
  expect(await ended).toEqual({ code: 4000, reason: 'enough' });
  ws.resume();
  expect(await closeOf(ws)).toEqual({ code: 4000, reason: 'enough' });
});

test.for([
  ['a message over 64 KiB', (ws: WritableSocket) => ws.write(tooLong()), 1009],
  ['bad UTF-8', (ws: WritableSocket) => ws.write(frame(1, Buffer.of(0xff))), 1007],
  ['an unknown opcode', (ws: WritableSocket) => ws.write(frame(3)), 1002],
  ['a frame without a mask', (ws: WritableSocket) => ws.write(Buffer.of(0x81, 0)), 1002],
] as const)('P35: %s closes with its code, alone', async ([, misbehave, code]) => {
  const { application, ended } = witness();
  const { open, port } = await serve(application);
  const bystander = await open();
  const socket = handshake(port);
  await once(socket, 'data');
  misbehave(socket);
  const [close] = (await once(socket, 'data')) as [Buffer];
  expect([close[0], close.readUInt16BE(2)]).toEqual([0x88, code]);
  expect(await ended).toEqual({ code, reason: '' });
  bystander.send('still here');
  expect(await textOf(bystander)).toBe('still here');
});

test('P35: a message of 64 KiB passes', async () => {
  const ws = await (await serve(asApplication(Echo))).open();
  ws.send('x'.repeat(64 * 1024));
  expect(await textOf(ws)).toHaveLength(64 * 1024);
});

test('P36: a peer that is too fast is closed with 1008', async () => {
  const { application, ended } = witness();
  const { open } = await serve(application, {
    pace: () => {
      let left = 2;
      return () => left-- > 0;
    },
  });
  const [ws, other] = [await open(), await open()];
  other.send('my pace is my own');
  for (let i = 0; i < 3; i++) ws.send('x');
  expect(await closeOf(ws)).toEqual({ code: 1008, reason: 'too fast' });
  expect(await ended).toEqual({ code: 1008, reason: 'too fast' });
  other.send('still here');
  expect(await textOf(other)).toBeDefined();
});

test('P37: a peer that reads too slowly is closed with 4001', async () => {
  const sent: boolean[] = [];
  class Flood extends WebSocketConsumer {
    override receive() {
      const chunk = 'x'.repeat(1024 * 1024);
      while (sent.at(-1) !== false) sent.push(this.send(chunk).sent);
    }
  }
  const { application, ended } = witness(Flood);
  const { open } = await serve(application);
  const ws = await open('/', { maxPayload: 0 });
  ws.send('go');
  ws.pause();
  expect(await ended).toEqual({ code: 4001, reason: 'reads too slowly' });
  expect(sent.length).toBeLessThan(16);
  ws.resume();
  expect(await closeOf(ws)).toEqual({ code: 4001, reason: 'reads too slowly' });
});

test('P38: a peer that sends faster than its consumer works is paused and loses nothing', async () => {
  const gate = Promise.withResolvers<void>();
  let received = 0;
  class Slow extends WebSocketConsumer {
    override async receive() {
      await gate.promise;
      received += 1;
      if (received === 2_000) this.send('all');
    }
  }
  const { open } = await serve(asApplication(Slow));
  const ws = await open();
  const text = 'x'.repeat(16 * 1024);
  for (let i = 0; i < 2_000; i++) ws.send(text);
  // 32 MB is more than kernels hold: some of it stays with the client as long as nobody reads.
  let before = -1;
  while (ws.bufferedAmount !== before) {
    before = ws.bufferedAmount;
    for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ws.bufferedAmount).toBeGreaterThan(16 * 1024 * 1024);
  gate.resolve();
  expect(await textOf(ws)).toBe('all');
});

test('P39: a peer that answers pings stays, one that does not is dropped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { open } = await serve(asApplication(Echo));
  const alive = await open();
  const dead = await open('/', { autoPong: false });
  const dropped = closeOf(dead);
  for (let i = 0; i < 3; i++) {
    const ping = once(alive, 'ping');
    vi.advanceTimersByTime(30_000);
    await ping;
    // Its pong left before this message, and so has arrived when this is answered.
    alive.send('still here');
    expect(await textOf(alive)).toBe('still here');
  }
  expect(await dropped).toEqual({ code: 1006, reason: '' });
});

test('P40: close ends every connection with 1001 and leaves none', async () => {
  const { application, ended } = witness();
  const { open, client, port, service } = await serve(application);
  const sockets = [await open(), await open()];
  const closes = sockets.map(closeOf);
  await service.close();
  for (const close of closes) {
    expect(await close).toEqual({ code: 1001, reason: 'the server stops' });
  }
  expect(await ended).toEqual({ code: 1001, reason: 'the server stops' });
  expect(service.size).toBe(0);
  expect((await refusalOf(handshake(port))).status).toBe(503);
  await once(client(), 'error');
});

test('P40: close refuses who waits for accept, and drops who does not answer', async () => {
  const asked = Promise.withResolvers<void>();
  class Undecided extends Echo {
    override connect() {
      if (this.scope.path === '/wait') asked.resolve();
      else this.accept();
    }
  }
  const { open, port, service } = await serve(asApplication(Undecided), {
    closeTimeout: 60_000,
  });
  const stubborn = await open();
  stubborn.pause();
  const waiting = handshake(port, '/wait');
  await asked.promise;
  const refusal = refusalOf(waiting);
  await service.close(20);
  expect((await refusal).status).toBe(503);
  while (service.size > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('P40: close need not wait for a peer that was paused to be read', async () => {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  class Slow extends WebSocketConsumer {
    override async receive() {
      begun.resolve();
      await gate.promise;
    }
  }
  const { open, service } = await serve(asApplication(Slow), {
    maxWaiting: 1,
    closeTimeout: 60_000,
  });
  const ws = await open();
  for (let i = 0; i < 100; i++) ws.send('x');
  await begun.promise;
  const stopped = service.close();
  expect((await closeOf(ws)).code).toBe(1001);
  gate.resolve();
  await stopped;
});

test('P9: sending to a peer that has begun to close says so', async () => {
  const consumers: WebSocketConsumer[] = [];
  class Known extends Echo {
    override connect() {
      consumers.push(this);
      this.accept();
    }
  }
  const { port } = await serve(asApplication(Known));
  const socket = handshake(port);
  await once(socket, 'data');
  socket.write(frame(8, Buffer.of(0x03, 0xe8)));
  await once(socket, 'data');
  expect(consumers.map((consumer) => consumer.send('late'))).toEqual([
    { sent: false, because: 'closed' },
  ]);
});

test('P41: what is sent in one turn leaves in one write', async () => {
  const layer = new InMemoryChannelLayer();
  class Member extends WebSocketConsumer {
    override readonly groups = ['all'];
    override readonly handlers: Handlers = {
      say: ({ text }) => void this.send(JSON.stringify(text)),
    };
  }
  let writes = 0;
  const { port, server } = await serve(asApplication(Member, { layer }));
  server.on('connection', (socket) => {
    const writev = socket._writev?.bind(socket);
    const write = socket._write.bind(socket);
    socket._write = (...args) => {
      writes += 1;
      write(...args);
    };
    if (!writev) throw new Error('This Node joins no writes.');
    socket._writev = (...args) => {
      writes += 1;
      writev(...args);
    };
  });
  const client = handshake(port);
  await once(client, 'data');
  const before = writes;
  for (let i = 0; i < 20; i++) void layer.groupSend('all', { type: 'say', text: `${i}` });
  await once(client, 'data');
  expect(writes - before).toBe(1);
});

type WritableSocket = ReturnType<typeof handshake>;

/** The head of a masked text frame that announces 64 KiB and one byte. */
function tooLong(): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt8(0x81, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(64n * 1024n + 1n, 2);
  return head;
}
