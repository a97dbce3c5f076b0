import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { problemType } from '../../src/protocol/problem.ts';
import { handshake } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { pairAt } from '../processes/support.ts';
import { startNginx } from '../support/nginx.ts';
import { openClient } from '../support/raw-websocket.ts';

const recommended = await readFile('server/proxy/nginx.conf', 'utf8');

/** The companion, and before it an nginx as we recommend it. */
async function behindNginx(env: Record<string, string> = {}) {
  const app = await openApp({ env: { TRUST_PROXY: 'loopback', ...env } });
  const nginx = await startNginx((port) =>
    recommended
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replaceAll('127.0.0.1:8000', new URL(app.url).host),
  );
  return both(app, nginx);
}

/** The companion, and before it an nginx that was told nothing but where to pass requests to. */
async function behindBareNginx(more = '', env: Record<string, string> = {}) {
  const app = await openApp({ env: { TRUST_PROXY: 'loopback', ...env } });
  const nginx = await startNginx(
    (port) => `server {
      listen 127.0.0.1:${port};
      location / { proxy_pass ${app.url}; ${more} }
    }`,
  );
  return both(app, nginx);
}

type App = Awaited<ReturnType<typeof openApp>>;
type Nginx = Awaited<ReturnType<typeof startNginx>>;

const both = (app: App, nginx: Nginx) => ({
  app,
  nginx,
  async [Symbol.asyncDispose]() {
    await nginx.end();
    await app.stop();
  },
});

const messagesOf = (slug: string) => `/live/${slug}/rooms/kitchen/messages`;

interface Asked {
  headers?: Record<string, string>;
  /** The address from which a reader asks. */
  from?: string;
}

/** POSTs a message; the status of the answer. */
async function say(url: string, text: string, { headers = {}, from = '127.0.0.1' }: Asked = {}) {
  const asked = request(url, {
    method: 'POST',
    agent: false,
    localAddress: from,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  asked.end(JSON.stringify({ sender: 'Alice', text }));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'close');
  return answer.statusCode;
}

/** An event stream as text, read piece by piece. */
async function openStream(url: string) {
  const response = await fetch(url);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    /** Reads until `part` has come; false when the stream ends before. */
    async hears(part: string): Promise<boolean> {
      while (!text.includes(part)) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return false;
        text += value;
      }
      return true;
    },
  };
}

async function readerAt(url: string) {
  const readers = `${url}/live/long-polling/rooms/kitchen/readers`;
  const made = await fetch(readers, { method: 'POST' });
  const { reader } = (await made.json()) as { reader: string };
  return (query: string) => fetch(`${readers}/${reader}/messages?${query}`);
}

/** The answer to a handshake that fails: nginx keeps the connection open, so to the end of its body. */
async function answerTo(socket: Socket): Promise<string> {
  let answer = '';
  while (!answer.endsWith('}')) answer += String((await once(socket, 'data'))[0]);
  socket.destroy();
  return answer;
}

test('polling passes, from a page that came by way of nginx', async () => {
  await using server = await behindNginx();
  const { url } = server.nginx;
  const messages = url + messagesOf('polling');
  expect(await say(messages, 'hi', { headers: { Origin: url } })).toBe(201);
  expect(await say(messages, 'hi', { headers: { Origin: 'https://evil.example' } })).toBe(403);
  // The Host decides, whatever else a reader says of where it is.
  const forged = { Origin: 'http://192.0.2.7', 'X-Forwarded-Host': '192.0.2.7' };
  expect(await say(messages, 'hi', { headers: forged })).toBe(403);
  const reading: unknown = await (await fetch(messages)).json();
  expect(reading).toMatchObject({ messages: [{ text: 'hi' }] });
});

test('a long poll is held for three seconds, and another is answered by what is said', async () => {
  await using server = await behindNginx();
  const { url } = server.nginx;
  const [patient, lucky] = [await readerAt(url), await readerAt(url)];
  const asked = performance.now();
  const empty = patient('wait=3');
  expect(await (await empty).json()).toMatchObject({ messages: [], skipped: 0 });
  expect(performance.now() - asked).toBeGreaterThan(2_900);
  const [answer] = await Promise.all([
    lucky('wait=25'),
    say(url + messagesOf('long-polling'), 'hi'),
  ]);
  expect(await answer.json()).toMatchObject({ messages: [{ text: 'hi' }] });
});

test('an event stream arrives message by message, each as it is said', async () => {
  await using server = await behindNginx();
  const messages = server.nginx.url + messagesOf('server-sent-events');
  const stream = await openStream(messages);
  expect(stream.response.headers.get('Content-Type')).toBe('text/event-stream');
  for (const text of ['one', 'two', 'three']) {
    expect(await say(messages, text)).toBe(201);
    expect(await stream.hears(text)).toBe(true);
  }
});

test('a WebSocket is upgraded, speaks, and closes with its code; a refusal comes through', async () => {
  await using server = await behindNginx();
  const { port, url } = server.nginx;
  const path = '/live/channel-layer/room/kitchen/';
  const upgraded = once(server.app.server, 'upgrade');
  using alice = await openClient(port, path, { origin: url });
  expect(((await upgraded)[0] as IncomingMessage).httpVersion).toBe('1.1');
  using bob = await openClient(port, path);
  alice.ws.send(JSON.stringify({ sender: 'Alice', text: 'hi' }));
  await Promise.all([alice.hears('"hi"'), bob.hears('"hi"')]);
  bob.ws.send(Buffer.of(1));
  expect((await once(bob.ws, 'close'))[0]).toBe(1003);
  const refusal = await answerTo(handshake(port, path, { Origin: 'https://evil.example' }));
  expect(refusal).toMatch(/^HTTP\/1\.1 403 /);
  expect(refusal).toContain(problemType('foreign-origin'));
});

test('the two processes behind the server are reached by way of nginx too', async () => {
  await using server = await behindNginx();
  const { port, url } = server.nginx;
  const { members } = await pairAt(url).start();
  expect([members.a.state, members.b.state]).toEqual(['up', 'up']);
  const path = '/pair/a/memory/live/channel-layer/room/kitchen/';
  using alice = await openClient(port, path, { origin: url });
  alice.ws.send(JSON.stringify({ sender: 'Alice', text: 'hi' }));
  await alice.hears('"hi"');
  const dropped = once(alice.ws, 'close');
  await pairAt(url).post('/a/kill');
  expect((await dropped)[0]).toBe(1006);
  expect(
    await say(url + '/pair/b/memory' + messagesOf('polling'), 'hi', { headers: { Origin: url } }),
  ).toBe(201);
});

// Elsewhere 127.0.0.2 is no address of the machine's own.
const onLinux = test.skipIf(process.platform !== 'linux');
const slowly = { MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '2' };

/** The statuses of so many messages that one address sends. */
async function flood(many: number, url: string, asked: Asked) {
  const statuses = [];
  for (let n = 0; n < many; n += 1) statuses.push(await say(url, 'hi', asked));
  return statuses;
}

onLinux(
  'X-Forwarded-For is believed: each reader is paced alone, and none can pass for another',
  async () => {
    await using server = await behindNginx(slowly);
    const messages = server.nginx.url + messagesOf('polling');
    expect(await flood(10, messages, { from: '127.0.0.2' })).toContain(429);
    const forged = { from: '127.0.0.2', headers: { 'X-Forwarded-For': '192.0.2.7' } };
    expect(await flood(2, messages, forged)).toContain(429);
    expect(await flood(2, messages, { from: '127.0.0.3' })).toEqual([201, 201]);
  },
);

onLinux('by its defaults, nginx hides who asks: all readers are paced as one', async () => {
  await using server = await behindBareNginx('', slowly);
  const messages = server.nginx.url + messagesOf('polling');
  expect(await flood(10, messages, { from: '127.0.0.2' })).toContain(429);
  expect(await flood(2, messages, { from: '127.0.0.3' })).toContain(429);
});

test('by its defaults, nginx hides where readers are: their own page is a foreign one', async () => {
  await using server = await behindBareNginx();
  const { url } = server.nginx;
  const headers = { Origin: url };
  expect(await say(url + messagesOf('polling'), 'hi', { headers })).toBe(403);
});

test('by its defaults, nginx drops the Upgrade: a handshake is a plain GET, and gets 404', async () => {
  await using server = await behindBareNginx();
  const answer = await answerTo(handshake(server.nginx.port, '/live/websocket/room/kitchen/'));
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).toContain(problemType('not-found'));
});

test('by its defaults, nginx lets event streams through, since the server says X-Accel-Buffering: no', async () => {
  await using server = await behindBareNginx();
  const messages = server.nginx.url + messagesOf('server-sent-events');
  const stream = await openStream(messages);
  for (const text of ['one', 'two', 'three']) {
    expect(await say(messages, text)).toBe(201);
    expect(await stream.hears(text)).toBe(true);
  }
});

test('where nginx ignores X-Accel-Buffering, it holds an event stream back until its end', async () => {
  await using server = await behindBareNginx('proxy_ignore_headers X-Accel-Buffering;');
  const path = messagesOf('server-sent-events');
  const held = openStream(`${server.nginx.url}${path}?lasts=2&after=0`);
  const direct = await openStream(`${server.app.url}${path}?lasts=1`);
  expect(await say(server.app.url + path, 'hi')).toBe(201);
  expect(await direct.hears('hi')).toBe(true);
  // Not even its head has come when the direct stream, asked for later, is over.
  const first = await Promise.race([held, direct.hears('the end')]);
  expect(first).toBe(false);
  expect(await (await held).hears('hi')).toBe(true);
});

test('a long poll that is held for longer than proxy_read_timeout gets 504', async () => {
  await using server = await behindBareNginx('proxy_read_timeout 1s;');
  const ask = await readerAt(server.nginx.url);
  expect((await ask('wait=3')).status).toBe(504);
  expect((await ask('wait=0')).status).toBe(200);
});
