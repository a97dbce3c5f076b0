import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { eventStreamParser, type ReceivedEvent } from '../../src/protocol/event-stream.ts';
import type { Reading } from '../../src/protocol/message.ts';
import { parseProblem, problemType } from '../../src/protocol/problem.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';

const unhurried = { MESSAGES_PER_SECOND: '1000000', MESSAGE_BURST: '1000000' };
type Slug = 'server-sent-events' | 'long-polling';

const messagesOf = (slug: Slug, room: string) => `/live/${slug}/rooms/${room}/messages`;

/** Says something in a room; its id. */
async function say(url: string, slug: Slug, room: string, text: string): Promise<string> {
  const answer = await fetch(url + messagesOf(slug, room), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sender: 'Alice', text }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

/** An answer's status and the `type` of its problem. */
async function refusalOf(answer: Promise<Response>) {
  const response = await answer;
  expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  return [response.status, parseProblem(await response.json())?.type];
}

/** A stream that is read: what it says, event by event. */
async function openStream(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  expect(response.status).toBe(200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const comments: string[] = [];
  const parser = eventStreamParser({ onComment: (text) => comments.push(text) });
  const events: ReceivedEvent[] = [];
  let read = 0;
  return {
    events,
    comments,
    parser,
    /** Reads on until an event holds `part`; false when the stream ends before. */
    async hears(part: string): Promise<boolean> {
      for (;;) {
        while (read < events.length) if (events[read++]?.data.includes(part)) return true;
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return false;
        events.push(...parser.push(value ?? ''));
      }
    },
  };
}

/** A connection on which a stream is asked for and nothing is read. */
async function deafStream(port: number, room: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.write(request(`GET ${messagesOf('server-sent-events', room)}`, {}));
  await once(socket, 'data');
  socket.pause();
  return socket;
}

test('event stream: who never reads costs little, and is told what it missed when it reads again', async () => {
  await using app = await openApp({ env: unhurried });
  const room = randomRoom();
  const sockets: Socket[] = [];
  const heard = await openStream(app.url + messagesOf('server-sent-events', room));
  app.server.once('connection', (socket: Socket) => sockets.push(socket));
  const asked = get(app.url + messagesOf('server-sent-events', room), { agent: false });
  const [deaf] = (await once(asked, 'response')) as [IncomingMessage]; // not read until further down
  const [server] = sockets;

  // 2,000 characters of three bytes, until the kernel takes no more of them; then 300 that find it so.
  const text = '☃'.repeat(1_990);
  let n = 0;
  let most = 0;
  for (let left = 300; left > 0; n += 1) {
    await say(app.url, 'server-sent-events', room, `${n}:${text}`);
    expect(await heard.hears(`"${n}:`)).toBe(true);
    most = Math.max(most, server?.writableLength ?? Infinity);
    if (server?.writableLength) left -= 1;
  }
  expect(most).toBeLessThan(128 * 1024);
  expect(heard.events).toHaveLength(n);

  const parser = eventStreamParser();
  const events: ReceivedEvent[] = [];
  deaf.setEncoding('utf8').on('data', (chunk: string) => events.push(...parser.push(chunk)));
  while (!events.at(-1)?.data.includes(`"${n - 1}:`)) await once(deaf, 'data');
  const skipped = events.filter(({ type }) => type === 'skipped').map(({ data }) => Number(data));
  const messages = events.filter(({ type }) => type === 'message');
  expect(skipped).toHaveLength(1);
  expect(messages.length + (skipped[0] ?? 0)).toBe(n);
  asked.destroy();
});

test('event stream: two hundred that are dropped leave nothing behind', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  let now = 1_000;
  const clock = { wall: () => Date.now(), monotonic: () => now };
  const app = await openApp({ env: { ...unhurried, ROOM_IDLE_SECONDS: '1' }, clock });
  const room = randomRoom();
  const path = messagesOf('server-sent-events', room);
  const timers = vi.getTimerCount();
  const bystander = await openStream(`${app.url}${messagesOf('server-sent-events', 'elsewhere')}`);
  const streams = await Promise.all(Array.from({ length: 200 }, () => deafStream(app.port, room)));
  expect(vi.getTimerCount()).toBe(timers + 201);
  // Pipelined ones wait for their turn, and are dropped as well.
  const pipelined = connect(app.port, '127.0.0.1').on('error', () => undefined);
  pipelined.write(request(`GET ${path}`, { Connection: 'keep-alive' }).repeat(10));
  await expect.poll(() => vi.getTimerCount()).toBe(timers + 211);

  await say(app.url, 'server-sent-events', room, 'hi');
  const isKept = async () => {
    const answer = await fetch(`${app.url}/live/polling/rooms/${room}/messages`);
    return ((await answer.json()) as Reading).messages.length === 1;
  };
  const pass = (ms: number) => {
    now += ms;
    vi.advanceTimersByTime(500); // the rooms' own round
  };
  pass(800);
  // All have been told, and wait again.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  pass(800);
  expect(await isKept()).toBe(true); // a log lives on while somebody waits

  for (const socket of [...streams, pipelined]) socket.resetAndDestroy();
  await expect.poll(() => vi.getTimerCount()).toBe(timers + 1);
  pass(800);
  pass(800);
  expect(await isKept()).toBe(false);

  await say(app.url, 'server-sent-events', 'elsewhere', 'still here');
  expect(await bystander.hears('still here')).toBe(true);
  const stopping = performance.now();
  await app.stop();
  expect(performance.now() - stopping).toBeLessThan(1_000);
  expect(await bystander.hears('never')).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

test('event stream: what is no cursor, or out of bounds, is refused with 400', async () => {
  await using app = await openApp();
  const path = messagesOf('server-sent-events', 'kitchen');
  for (const id of [
    'nonsense!',
    '-1',
    '1',
    'a.b.c',
    'x'.repeat(10_000),
    'café',
    '\xff'.repeat(20),
  ]) {
    const headers = { 'Last-Event-ID': id };
    const refused = await refusalOf(fetch(app.url + path, { headers }));
    expect([id, ...refused]).toEqual([id, 400, problemType('malformed')]);
  }
  for (const query of [
    'lasts=0',
    'lasts=61',
    'lasts=-1',
    'lasts=1.5',
    'lasts=abc',
    'lasts=',
    'lasts=1&lasts=2',
    'retry=9',
    'retry=60001',
    'retry=1e9',
    'retry=99999999999999999999',
    'then=404',
    'then=',
    'then=__proto__',
    'then=toString',
    'after=x',
    'after=0&after=0',
  ]) {
    const refused = await refusalOf(fetch(`${app.url}${path}?${query}`));
    expect([query, ...refused]).toEqual([query, 400, problemType('malformed')]);
  }
  // Two that follow one another are one header, with a comma between: no cursor either.
  const twice = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nLast-Event-ID: 0\r\nLast-Event-ID: 0\r\n\r\n`;
  expect(statusOf(await exchangeBytes(app.port, twice))).toBe(400);
});

test('event stream: an id of another log is answered with all that is kept', async () => {
  await using app = await openApp();
  await say(app.url, 'server-sent-events', 'kitchen', 'hi');
  const headers = { 'Last-Event-ID': 'ffffffffffff.zz' };
  const url = `${app.url}${messagesOf('server-sent-events', 'kitchen')}?lasts=1`;
  const stream = await openStream(url, { headers });
  expect(await stream.hears('hi')).toBe(true);
  expect(stream.events[0]).toMatchObject({ type: 'skipped', data: 'null' });
});

test('event stream: HEAD ends, and holds nothing', async () => {
  await using app = await openApp();
  const path = messagesOf('server-sent-events', 'kitchen');
  const answer = await exchangeBytes(app.port, request(`HEAD ${path}`, {}));
  expect(statusOf(answer)).toBe(200);
  expect(answer).toContain('text/event-stream');
  expect(answer.split('\r\n\r\n')[1]).toBe('');
});

test('event stream: other methods are refused with 405', async () => {
  await using app = await openApp();
  const url = app.url + messagesOf('server-sent-events', 'kitchen');
  for (const method of ['PUT', 'DELETE', 'PATCH'])
    expect(await refusalOf(fetch(url, { method }))).toEqual([
      405,
      problemType('method-not-allowed'),
    ]);
});

/** The HTTP of a long-polling reader. */
function readersIn(url: string, room: string) {
  const readers = `${url}/live/long-polling/rooms/${room}/readers`;
  return {
    make: async () =>
      (await (await fetch(readers, { method: 'POST' })).json()) as {
        reader: string;
        after: string;
      },
    tryToMake: () => fetch(readers, { method: 'POST' }),
    ask: (reader: string, query = '', init: RequestInit = {}) =>
      fetch(`${readers}/${reader}/messages${query}`, init),
    forget: (reader: string) => fetch(`${readers}/${reader}`, { method: 'DELETE' }),
    held: async () => {
      const overview = (await (await fetch(readers)).json()) as { readers: { held: boolean }[] };
      return overview.readers.map(({ held }) => held);
    },
  };
}

const readingOf = async (answer: Promise<Response>) => (await (await answer).json()) as Reading;

test('long polling: a wait, cursor, room or reader that cannot be is refused with 400', async () => {
  await using app = await openApp();
  const { make, ask } = readersIn(app.url, 'kitchen');
  const { reader } = await make();
  const cases = [
    ...['26', '25.1', '-1', 'abc', '1e9', 'Infinity', 'NaN', '0x1', '', '1&wait=1'].map((wait) =>
      ask(reader, `?wait=${wait}`),
    ),
    ...['x', '', '-1', '0&after=0', 'x'.repeat(10_000)].map((after) =>
      ask(reader, `?after=${after}`),
    ),
    ...[
      'x',
      'nonsense!',
      '0'.repeat(31),
      '0'.repeat(33),
      'F'.repeat(32),
      'g'.repeat(32),
      '__proto__',
      `${'0'.repeat(32)}%0A`,
      '%E4%B8%AD',
      '%00',
    ].map((id) => ask(id, '?after=0&wait=0')),
    readersIn(app.url, 'a-b').tryToMake(),
    readersIn(app.url, 'a'.repeat(65)).ask(reader),
  ];
  for (const [place, answer] of cases.entries())
    expect([place, ...(await refusalOf(answer))]).toEqual([place, 400, problemType('malformed')]);
  expect((await ask(reader, '?wait=0')).status).toBe(200);
});

test('long polling: of two requests of one reader the first is answered with 409, and the second hears', async () => {
  await using app = await openApp();
  const { make, ask, held } = readersIn(app.url, 'kitchen');
  const [{ reader }, other] = [await make(), await make()];
  const asked = [ask(reader), ask(other.reader)];
  await expect.poll(held).toEqual([true, true]);
  const second = ask(reader);
  expect(await refusalOf(asked[0] as Promise<Response>)).toEqual([409, problemType('taken-over')]);
  expect(await held()).toEqual([true, true]);
  await say(app.url, 'long-polling', 'kitchen', 'hi');
  for (const answer of [second, asked[1] as Promise<Response>])
    expect((await readingOf(answer)).messages).toMatchObject([{ text: 'hi' }]);
});

test('long polling: a hundred requests of one reader leave one that is held', async () => {
  await using app = await openApp();
  const { make, ask, held } = readersIn(app.url, 'kitchen');
  const { reader } = await make();
  const answers = Array.from({ length: 100 }, () => ask(reader).then(({ status }) => status));
  await expect.poll(held).toEqual([true]);
  let over = 0;
  for (const answer of answers) void answer.then((status) => (over += Number(status === 409)));
  await expect.poll(() => over).toBe(99);
  await say(app.url, 'long-polling', 'kitchen', 'hi');
  const statuses = await Promise.all(answers);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
});

test('long polling: who is forgotten while held is answered with 404', async () => {
  await using app = await openApp();
  const { make, ask, forget, held } = readersIn(app.url, 'kitchen');
  const [{ reader }, other] = [await make(), await make()];
  const asked = ask(reader);
  const kept = ask(other.reader);
  await expect.poll(held).toEqual([true, true]);
  expect((await forget(reader)).status).toBe(204);
  expect(await refusalOf(asked)).toEqual([404, problemType('unknown-reader')]);
  expect(await refusalOf(ask(reader))).toEqual([404, problemType('unknown-reader')]);
  for (const id of [reader, 'x', '__proto__', '%00']) expect((await forget(id)).status).toBe(204);
  await say(app.url, 'long-polling', 'kitchen', 'hi');
  expect((await readingOf(kept)).messages).toMatchObject([{ text: 'hi' }]);
});

test('long polling: a server that stops answers who is held at once, with an empty reading', async () => {
  const app = await openApp();
  const { make, ask, held } = readersIn(app.url, 'kitchen');
  const { reader } = await make();
  const asked = ask(reader);
  await expect.poll(held).toEqual([true]);
  const stopping = performance.now();
  const stopped = app.stop();
  const answer = await asked;
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ messages: [], skipped: 0 });
  await stopped;
  expect(performance.now() - stopping).toBeLessThan(1_000);
});

test('long polling: nothing is held for who has left, and its place is kept', async () => {
  await using app = await openApp();
  const { make, ask, held } = readersIn(app.url, 'kitchen');
  const { reader } = await make();
  const leaving = new AbortController();
  const asked = ask(reader, '', { signal: leaving.signal });
  await expect.poll(held).toEqual([true]);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(held).toEqual([false]);
  await say(app.url, 'long-polling', 'kitchen', 'hi');
  expect((await readingOf(ask(reader))).messages).toMatchObject([{ text: 'hi' }]);
});

test('long polling: one reader too many in a room is refused with 503, elsewhere it is not', async () => {
  await using app = await openApp({ env: { ...unhurried, ROOM_READERS: '3' } });
  const { make, tryToMake, ask, forget } = readersIn(app.url, 'kitchen');
  const [first] = [await make(), await make(), await make()];
  const tooMany = [503, problemType('too-many-readers')];
  const refused = await tryToMake();
  expect(refused.headers.get('Retry-After')).toBe('60');
  expect(await refusalOf(Promise.resolve(refused))).toEqual(tooMany);
  // Nor may one make itself one by naming an id.
  expect(await refusalOf(ask('0'.repeat(32), '?after=0&wait=0'))).toEqual(tooMany);
  expect((await readersIn(app.url, 'hall').tryToMake()).status).toBe(201);
  expect((await ask(first.reader, '?wait=0')).status).toBe(200);
  await forget(first.reader);
  expect((await tryToMake()).status).toBe(201);
});

test('long polling: a forgotten reader is made again from its "after", and misses nothing', async () => {
  let now = 1_000;
  const clock = { wall: () => Date.now(), monotonic: () => now };
  await using app = await openApp({
    env: { READER_IDLE_SECONDS: '30', ROOM_READERS: '1' },
    clock,
  });
  const { make, tryToMake, ask } = readersIn(app.url, 'kitchen');
  const { reader, after } = await make();
  await say(app.url, 'long-polling', 'kitchen', 'one');
  now += 29_000;
  expect((await readingOf(ask(reader))).messages).toMatchObject([{ text: 'one' }]);
  now += 29_000; // its request counts as a sign of life
  const { after: place } = await readingOf(ask(reader, `?after=${after}`));
  await say(app.url, 'long-polling', 'kitchen', 'two');
  now += 31_000;
  expect(await refusalOf(ask(reader))).toEqual([404, problemType('unknown-reader')]);
  const again = await readingOf(ask(reader, `?after=${place}`));
  expect([again.messages.map(({ text }) => text), again.skipped]).toEqual([['two'], 0]);
  expect((await readingOf(ask(reader, '?wait=0'))).messages).toHaveLength(1);
  now += 31_000; // and leaves its place in the room to another
  expect((await tryToMake()).status).toBe(201);
});
