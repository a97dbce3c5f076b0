import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemType } from '../../src/protocol/problem.ts';
import { frame, handshake, refusalOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request as written, statusOf } from '../support/raw-http.ts';
import { openClient, openRaw } from '../support/raw-websocket.ts';
import { pairAt } from './support.ts';

// One pair for all of these; memory is enough.
let app: Awaited<ReturnType<typeof openApp>>;
beforeAll(async () => {
  app = await openApp({ env: { MESSAGE_BURST: '5', MESSAGES_PER_SECOND: '1' } });
  await pairAt(app.url).start();
});
afterAll(() => app.stop());

const member = (name = 'a') => `${app.url}/pair/${name}/memory`;

const say = (room: string, text: string, headers: Record<string, string> = {}) =>
  fetch(`${member()}/live/polling/rooms/${room}/messages`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ sender: 'Alice', text }),
  });

const jsonAt = async (url: string): Promise<unknown> => (await fetch(url)).json();

const typeOf = async (response: Response) =>
  ((await response.json()) as { type: string; detail: string }).type;

describe('HTTP', () => {
  test('a held poll is answered when something is said, and not before', async () => {
    const readers = `${member()}/live/long-polling/rooms/held/readers`;
    const { reader } = (await (await fetch(readers, { method: 'POST' })).json()) as {
      reader: string;
    };
    const held = fetch(`${readers}/${reader}/messages?wait=20`);
    await expect.poll(() => jsonAt(readers)).toMatchObject({ readers: [{ held: true }] });
    await say('held', 'hi');
    expect(await (await held).json()).toMatchObject({ messages: [{ text: 'hi' }] });
  });

  test('an event stream arrives event by event, each as it is said', async () => {
    const stream = await fetch(`${member()}/live/server-sent-events/rooms/stream/messages`);
    expect(stream.headers.get('Content-Type')).toBe('text/event-stream');
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const hears = async (part: string) => {
      while (!heard.includes(part)) heard += (await reader?.read())?.value ?? '';
    };
    await hears(':');
    for (const text of ['one', 'two']) {
      await say('stream', text);
      await hears(text);
    }
    expect(heard).not.toContain('three');
    await reader?.cancel();
  });

  test('an event stream of a member that is killed breaks off', async () => {
    await using other = await openApp();
    await pairAt(other.url).start();
    const url = `${other.url}/pair/b/memory/live/server-sent-events/rooms/cut/messages`;
    const reader = (await fetch(url)).body?.getReader();
    await reader?.read();
    await Promise.all([
      expect(reader?.read()).rejects.toThrow(),
      pairAt(other.url).post('/b/kill'),
    ]);
  });

  test('one request is passed on as one, whatever its body looks like', async () => {
    const words = JSON.stringify({ sender: 'Mallory', text: 'hi' });
    const hidden = written(
      'POST /live/polling/rooms/hidden/messages',
      { 'Content-Type': 'application/json', 'Content-Length': `${words.length}` },
      words,
    );
    const bytes = written(
      'DELETE /pair/a/memory/live/long-polling/rooms/hidden/readers/none',
      { Connection: 'upgrade', 'Transfer-Encoding': 'chunked' },
      `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
    );
    const socket = connect(app.port, '127.0.0.1', () => socket.write(bytes));
    await once(socket, 'data');
    socket.destroy();
    const room = `${member()}/live/polling/rooms/hidden/messages`;
    expect(await jsonAt(room)).toMatchObject({ messages: [] });
  });

  test('a connection is kept for the next request', async () => {
    const path = '/pair/a/memory/live/polling/rooms/kept/messages';
    const socket = connect(app.port, '127.0.0.1');
    for (let n = 0; n < 2; n += 1) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
      expect(answer.toString().toLowerCase()).toContain('connection: keep-alive');
    }
    socket.destroy();
  });

  test.each([
    '/pair/a/memory/healthz',
    '/pair/a/memory/',
    '/pair/a/memory/live/../healthz',
    '/pair/a/memory/live/%2e%2e/healthz',
    '/pair/a/memory/../../healthz/live/x',
    '/pair/c/memory/live/polling/rooms/kitchen/messages',
    '/pair/a/disk/live/polling/rooms/kitchen/messages',
    '/pair/a/pubsub/live/polling/rooms/kitchen/messages',
    '/pair/a/memory/live/nothing',
    '/pair/',
  ])('%s leads nowhere', async (path) => {
    const answer = await exchangeBytes(app.port, written(`GET ${path}`, {}));
    expect(statusOf(answer)).toBe(404);
    expect(answer).toContain(problemType('not-found'));
  });

  test('who asks is who connects, whatever a stranger writes: the member paces them as one', async () => {
    const statuses = [];
    for (let n = 0; n < 8; n += 1)
      statuses.push((await say('paced', 'hi', { Forwarded: `for=192.0.2.${n}` })).status);
    expect(statuses).toContain(429);
  });

  test('whoever comes by way of a proxy that nobody has named is nobody of this machine', async () => {
    const response = await say('hidden', 'hi', { 'X-Forwarded-For': '192.0.2.7' });
    expect([response.status, await typeOf(response)]).toEqual([403, problemType('not-here')]);
  });

  test('a body that is too large is the member’s to refuse', async () => {
    const response = await say('large', 'x'.repeat(70_000));
    expect([response.status, await typeOf(response)]).toEqual([413, problemType('too-large')]);
  });
});

describe('the doors', () => {
  const path = '/pair/a/memory/live/polling/rooms/kitchen/messages';
  const socketPath = '/pair/a/memory/live/websocket/room/one/';
  const foreign = [
    ['a foreign page', { Origin: 'https://evil.example' }, 'foreign-origin'],
    ['a foreign host', { Host: 'evil.example' }, 'foreign-host'],
  ] as const;

  test.each(foreign)('%s is kept out by the server itself', async (_who, headers, name) => {
    await using off = await openApp(); // its pair is not started: no member could say so
    expect(await exchangeBytes(off.port, written(`GET ${path}`, headers))).toContain(
      problemType(name),
    );
    const refused = await refusalOf(handshake(off.port, socketPath, headers));
    expect(refused.problem?.['type']).toBe(problemType(name));
  });

  test('the page’s own origin may come in, by whatever port it came', async () => {
    const headers = { Host: 'localhost:4321', Origin: 'http://localhost:4321' };
    expect(statusOf(await exchangeBytes(app.port, written(`GET ${path}`, headers)))).toBe(200);
    using alice = await openClient(app.port, socketPath, {
      origin: 'http://localhost:4321',
      headers: { Host: 'localhost:4321' },
    });
    alice.ws.send('hi');
    await alice.hears('不要回复');
  });

  const through = { env: { TRUST_PROXY: 'loopback' } };
  const elsewhere = { 'X-Forwarded-For': '192.0.2.7' };
  test('visitors from elsewhere see the pair, and may do nothing with it', async () => {
    await using server = await openApp(through);
    const pair = pairAt(server.url);
    await pair.start(); // from here
    const seen = await fetch(`${server.url}/live/pair`, { headers: elsewhere });
    expect(await seen.json()).toMatchObject({ allowed: false, members: { a: { state: 'up' } } });
    for (const what of ['', '/a/kill', '/redis/pause', '/redis/restart']) {
      const refused = await pair.post(what, elsewhere);
      expect([refused.status, await typeOf(refused)]).toEqual([403, problemType('not-here')]);
    }
    const passed = await fetch(server.url + path, { headers: elsewhere });
    expect([passed.status, await typeOf(passed)]).toEqual([403, problemType('not-here')]);
    expect((await refusalOf(handshake(server.port, socketPath, elsewhere))).status).toBe(403);
    expect((await pair.status()).members.a.state).toBe('up');
  });

  test.each([
    ['everybody', 200, 200],
    ['nobody', 403, 403],
  ])('with PAIR=%s it is %i from here and %i from elsewhere', async (PAIR, here, there) => {
    await using server = await openApp({ env: { PAIR, TRUST_PROXY: 'loopback' } });
    const pair = pairAt(server.url);
    expect((await pair.post()).status).toBe(here);
    expect((await pair.post('', elsewhere)).status).toBe(there);
  });

  test.each(['192.0.2.7', '::ffff:192.0.2.7', '::2', 'unknown', '127.0.0.1, 192.0.2.7'])(
    'X-Forwarded-For: %s is not from here',
    async (address) => {
      await using server = await openApp(through);
      const headers = { 'X-Forwarded-For': address };
      expect((await pairAt(server.url).post('/a/kill', headers)).status).toBe(403);
    },
  );

  test('other methods are refused with what is allowed', async () => {
    for (const [what, allowed] of [
      ['', 'GET, POST'],
      ['/a/kill', 'POST'],
      ['/redis/pause', 'POST'],
    ] as const) {
      const response = await fetch(`${app.url}/live/pair${what}`, { method: 'PUT' });
      expect([response.status, response.headers.get('Allow')]).toEqual([405, allowed]);
    }
    expect((await pairAt(app.url).post('/c/kill')).status).toBe(404);
  });
});

describe('WebSocket', () => {
  const path = '/pair/a/memory/live/connection-list/ends/room/one/';

  test('a refusal of the member comes through, before the handshake', async () => {
    const nowhere = await refusalOf(handshake(app.port, '/pair/a/memory/live/nothing/'));
    expect([nowhere.status, nowhere.problem?.['status']]).toEqual([404, 404]);
    expect((await refusalOf(handshake(app.port, path, {}, 'POST'))).status).toBe(405);
    const half = { 'Sec-WebSocket-Key': 'short' };
    expect((await refusalOf(handshake(app.port, path, half))).status).toBe(400);
    expect((await refusalOf(handshake(app.port, '/pair/a/memory/room/one/'))).status).toBe(404);
  });

  test('closing codes pass both ways', async () => {
    using alice = await openClient(app.port, path);
    const closed = once(alice.ws, 'close');
    alice.ws.send('close');
    expect((await closed)[0]).toBe(1000);
    using bob = await openClient(app.port, path);
    const refused = once(bob.ws, 'close');
    bob.ws.send(Buffer.of(1));
    expect((await refused)[0]).toBe(1003);
  });

  const connected = async () =>
    (
      (await (await fetch(`${member()}/live/connection-list/ends/connections`)).json()) as {
        many: number;
      }
    ).many;

  test('a client that vanishes is gone at the member as well', async () => {
    const alice = await openRaw(app.port, path);
    const bob = await openRaw(app.port, path);
    alice.write(frame(1, 'hi'));
    await once(bob, 'data');
    await expect.poll(connected).toBe(2);
    alice.resetAndDestroy();
    bob.destroy();
    await expect.poll(connected).toBe(0);
  });

  const closed = (socket: Socket) =>
    new Promise((resolve) => socket.resume().once('close', resolve));

  test('killed under load, the server stays and holds nothing', async () => {
    await using other = await openApp();
    const pair = pairAt(other.url);
    await pair.start();
    const count = () =>
      new Promise<number>((resolve) =>
        other.server.getConnections((_error, many) => resolve(many)),
      );
    const clients = await Promise.all(Array.from({ length: 20 }, () => openRaw(other.port, path)));
    const ended = Promise.all(clients.map(closed));
    const chatter = setInterval(() => {
      for (const client of clients) if (client.writable) client.write(frame(1, 'x'.repeat(100)));
    }, 1);
    // Some are still at the door.
    const late = Array.from({ length: 20 }, () => handshake(other.port, path));
    const turnedAway = Promise.all(late.map(closed));
    expect((await pair.post('/a/kill')).status).toBe(202);
    await Promise.all([ended, turnedAway]);
    clearInterval(chatter);
    await expect.poll(count).toBeLessThanOrEqual(2); // those of fetch
    expect((await pair.status()).members.b.state).toBe('up');
  });

  test('a client that does not read is cut off when its member dies', async () => {
    const env = { MESSAGES_PER_SECOND: '100000', MESSAGE_BURST: '100000' };
    await using other = await openApp({ env });
    const pair = pairAt(other.url);
    await pair.start();
    const deaf = await openRaw(other.port, path);
    deaf.pause();
    using bob = await openClient(other.port, path);
    const list = `${other.url}/pair/a/memory/live/connection-list/ends/connections`;
    const many = async () => ((await (await fetch(list)).json()) as { many: number }).many;
    // As long as it fits into the buffers on the way, nobody can tell.
    while ((await many()) === 2) {
      const echoed = once(bob.ws, 'message');
      bob.ws.send('x'.repeat(60_000));
      await echoed;
    }
    const dropped = once(bob.ws, 'close');
    await pair.post('/a/kill');
    expect((await dropped)[0]).toBe(1006);
    const upgraded = new Promise((resolve) => other.server.once('close', resolve));
    const asked = performance.now();
    await Promise.all([upgraded, other.stop()]);
    expect(performance.now() - asked).toBeLessThan(5_000);
    deaf.destroy();
  });
});

test('a request that its client gives up is given up at the member', async () => {
  const readers = `${member()}/live/long-polling/rooms/given/readers`;
  const { reader } = (await (await fetch(readers, { method: 'POST' })).json()) as {
    reader: string;
  };
  const asked = request(`${readers}/${reader}/messages?wait=20`).on('error', () => undefined);
  asked.end();
  const held = async () =>
    ((await (await fetch(readers)).json()) as { readers: { held: boolean }[] }).readers[0]?.held;
  await expect.poll(held).toBe(true);
  asked.destroy();
  await expect.poll(held).toBe(false);
});
