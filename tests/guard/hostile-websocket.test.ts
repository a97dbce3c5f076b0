import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { closeOf, handshake, refusalOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import {
  type Client,
  closePayload,
  openClient,
  openRaw,
  rawFrame,
  serverCloses,
} from '../support/raw-websocket.ts';

/** The three lessons: where one connects, and how one says a text there. */
const LESSONS = [
  ['websocket', () => `/live/websocket/room/${randomRoom()}/`],
  ['connection-list', () => `/live/connection-list/${randomRoom()}/room/kitchen/`],
  ['channel-layer', () => `/live/channel-layer/room/${randomRoom()}/`],
] as const;
type Lesson = (typeof LESSONS)[number][0];

const inWords = (lesson: Lesson, text: string) =>
  lesson === 'channel-layer' ? JSON.stringify({ sender: 'Bob', text }) : text;

const unhurried = { MESSAGES_PER_SECOND: '1000000', MESSAGE_BURST: '1000000' };

let said = 0;

/** One who is not concerned says something, and another hears it, or, at `websocket`, is answered. */
async function expectUnharmed(lesson: Lesson, speaker: Client, listener: Client) {
  const text = `still here ${(said += 1)}`;
  const before = speaker.heard.length;
  speaker.ws.send(inWords(lesson, text));
  if (lesson !== 'websocket') return void (await listener.hears(text));
  if (speaker.heard.length === before) await once(speaker.ws, 'message');
  expect(speaker.heard.at(-1)).toBe('不要回复不要回复不要回复');
}

/** Client frames' first bytes: FIN and the opcode. */
const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
/** Without FIN: the first and the next fragment; with it, the last. */
const [BEGINS, GOES_ON, ENDS] = [0x01, 0x00, 0x80];

const fragments = (many: number, size: number) =>
  Buffer.concat([
    rawFrame(BEGINS, 'x'.repeat(size)),
    ...Array.from({ length: many - 2 }, () => rawFrame(GOES_ON, 'x'.repeat(size))),
    rawFrame(ENDS, 'x'.repeat(size)),
  ]);

/** What may not be sent, and the close code that answers it. */
const VIOLATIONS: readonly [what: string, bytes: Buffer, code: number][] = [
  ['binary, where text is spoken', rawFrame(BINARY, 'hi'), 1003],
  ['text that is no UTF-8', rawFrame(TEXT, Buffer.of(0xff)), 1007],
  ['half a character', rawFrame(TEXT, Buffer.of(0xe4, 0xb8)), 1007],
  ['a surrogate in UTF-8', rawFrame(TEXT, Buffer.of(0xed, 0xa0, 0x80)), 1007],
  ['a frame without a mask', rawFrame(TEXT, 'hi', false), 1002],
  ['over 64 KiB', rawFrame(TEXT, 'x'.repeat(65_537)), 1009],
  ['over 64 KiB in fragments', fragments(17, 4096), 1009],
  ['the announcement of 2^62 bytes', Buffer.from('81ff400000000000000000000000', 'hex'), 1009],
  ['more than 16,384 fragments', fragments(16_400, 1), 1008],
  ['a ping of 126 bytes', rawFrame(PING, 'x'.repeat(126)), 1002],
  ['a close of 126 bytes', rawFrame(CLOSE, closePayload(1000, 'x'.repeat(124))), 1002],
  ['a ping in fragments', rawFrame(0x09, 'hi'), 1002],
  ['the reserved opcode 3', rawFrame(0x83, 'hi'), 1002],
  ['the reserved opcode 11', rawFrame(0x8b, 'hi'), 1002],
  ['RSV1, compression that was not agreed on', rawFrame(TEXT | 0x40, 'hi'), 1002],
  ['RSV2', rawFrame(TEXT | 0x20, 'hi'), 1002],
  ['RSV3', rawFrame(TEXT | 0x10, 'hi'), 1002],
  ['the end of what never began', rawFrame(ENDS, 'hi'), 1002],
  ['a message inside another', Buffer.concat([rawFrame(BEGINS, 'hi'), rawFrame(TEXT, 'hi')]), 1002],
  ['a close frame of one byte', rawFrame(CLOSE, Buffer.of(3)), 1002],
  ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000].map(
    (code) => [`the close code ${code}`, rawFrame(CLOSE, closePayload(code)), 1002] as const,
  ),
  ['a reason that is no UTF-8', rawFrame(CLOSE, closePayload(1000, Buffer.of(0xc3, 0x28))), 1007],
].map(([what, bytes, code]) => [what, bytes, code] as [string, Buffer, number]);

test.for(LESSONS)(
  '%s: what breaks the protocol closes its own connection, with the code for it, and no other',
  async ([lesson, newPath]) => {
    await using app = await openApp({ env: unhurried });
    const path = newPath();
    using alice = await openClient(app.port, path);
    using bob = await openClient(app.port, path);
    for (const [what, bytes, code] of VIOLATIONS) {
      const mallory = await openRaw(app.port, path);
      mallory.write(bytes);
      expect([what, (await serverCloses(mallory))?.code]).toEqual([what, code]);
      await expectUnharmed(lesson, alice, bob);
    }
  },
);

test.for(LESSONS)(
  '%s: ten thousand fragments are one message, and hold up nobody',
  async ([lesson, newPath]) => {
    await using app = await openApp({ env: unhurried });
    const path = newPath();
    using alice = await openClient(app.port, path);
    using bob = await openClient(app.port, path);
    const mallory = await openRaw(app.port, path);
    const bytes = fragments(10_000, 1);

    const began = performance.now();
    const answered = once(mallory, 'data');
    mallory.write(bytes);
    await answered;
    await expectUnharmed(lesson, alice, bob);
    expect(performance.now() - began).toBeLessThan(1_000);
    mallory.destroy();
    if (lesson === 'connection-list') expect(bob.heard[0]).toBe(`${'x'.repeat(10_000)} ✓`);
  },
);

test.for(LESSONS)('%s: a flood is closed with 1008 "too fast"', async ([lesson, newPath]) => {
  await using app = await openApp({ env: { MESSAGES_PER_SECOND: '5', MESSAGE_BURST: '5' } });
  const path = newPath();
  using alice = await openClient(app.port, path);
  using bob = await openClient(app.port, path);
  const mallory = await openRaw(app.port, path);
  mallory.write(
    Buffer.concat(Array.from({ length: 50_000 }, () => rawFrame(TEXT, inWords(lesson, 'hi')))),
  );
  expect(await serverCloses(mallory)).toEqual({ code: 1008, reason: 'too fast' });
  await expectUnharmed(lesson, alice, bob);
  expect(bob.heard.filter((text) => text.includes('hi')).length).toBeLessThanOrEqual(10);
});

/** The server's ends of the connections that come from now on. */
function socketsOf(app: {
  server: { on: (type: 'connection', take: (socket: Socket) => void) => unknown };
}) {
  const sockets: Socket[] = [];
  app.server.on('connection', (socket) => sockets.push(socket));
  return sockets;
}

test.for([
  ['connection-list', '☃'.repeat(20_000)],
  ['channel-layer', '☃'.repeat(2_000)],
] as const)(
  '%s: who never reads is closed with 4001, costs little, and the others hear everything',
  async ([lesson, text]) => {
    await using app = await openApp({ env: unhurried });
    const name = randomRoom();
    const [path, look] =
      lesson === 'channel-layer'
        ? [`/live/channel-layer/room/${name}/`, `/live/channel-layer/room/${name}/layer`]
        : [`/live/connection-list/${name}/room/a/`, `/live/connection-list/${name}/connections`];
    const many = async () =>
      ((await (await fetch(app.url + look)).json()) as { many: number }).many;
    using alice = await openClient(app.port, path);
    using bob = await openClient(app.port, path);
    const sockets = socketsOf(app);
    using mallory = await openClient(app.port, path);
    const [server] = sockets;
    mallory.ws.pause();

    let most = 0;
    let rounds = 0;
    while ((await many()) === 3) {
      rounds += 1;
      alice.ws.send(inWords(lesson, `${rounds}: ${text}`.slice(0, text.length)));
      await Promise.all([alice.hears(`${rounds}: `), bob.hears(`${rounds}: `)]);
      most = Math.max(most, server?.writableLength ?? Infinity);
    }
    expect(bob.heard.filter((one) => one.includes(': ☃'))).toHaveLength(rounds);
    expect(most).toBeLessThan(1.2 * 1024 * 1024);
    expect(most).toBeGreaterThan(1024 * 1024);

    const closed = closeOf(mallory.ws);
    mallory.ws.resume();
    expect(await closed).toEqual({ code: 4001, reason: 'reads too slowly' });
    await expectUnharmed(lesson, alice, bob);
  },
);

test('who pings without end and reads no pong is dropped', async () => {
  await using app = await openApp();
  const path = `/live/connection-list/${randomRoom()}/room/a/`;
  using alice = await openClient(app.port, path);
  using bob = await openClient(app.port, path);
  const sockets = socketsOf(app);
  const mallory = await openRaw(app.port, path);
  const [server] = sockets;
  mallory.pause();
  const pings = Buffer.concat(Array.from({ length: 5_000 }, () => rawFrame(PING, 'x'.repeat(125))));
  let most = 0;
  while (!mallory.destroyed) {
    await new Promise((resolve) => mallory.write(pings, resolve));
    most = Math.max(most, server?.writableLength ?? Infinity);
  }
  expect(most).toBeLessThan(1024 * 1024);
  await expectUnharmed('connection-list', alice, bob);
});

test('who answers no ping is dropped within a minute, and leaves the list', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await using app = await openApp();
  const path = `/live/connection-list/${randomRoom()}/room/a/`;
  using alice = await openClient(app.port, path);
  using bob = await openClient(app.port, path);
  using halfOpen = await openClient(app.port, path, { autoPong: false });
  const dropped = closeOf(halfOpen.ws);
  for (let round = 0; round < 2; round += 1) {
    const pinged = [alice, bob].map(({ ws }) => once(ws, 'ping'));
    vi.advanceTimersByTime(30_000);
    await Promise.all(pinged);
    // Their pongs left before what they say now.
    await expectUnharmed('connection-list', alice, bob);
    await expectUnharmed('connection-list', bob, alice);
  }
  expect((await dropped).code).toBe(1006);
  expect((await connectionsOf(app.url, path)).many).toBe(2);
});

/** A list as the server has it. */
async function connectionsOf(url: string, path: string) {
  const list = path.split('/')[3];
  const answer = await fetch(`${url}/live/connection-list/${list}/connections`);
  return (await answer.json()) as { many: number; groups: string[] };
}

/** The status with which a handshake is answered. */
async function statusOf(port: number, path: string, fields: Record<string, string> = {}) {
  const socket = handshake(port, path, { Host: `127.0.0.1:${port}`, ...fields });
  const [head] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(head.toString().split(' ')[1]);
}

test.for(LESSONS)(
  '%s: a page of another site gets 403, ours and allowed ones 101',
  async (lesson) => {
    const [, newPath] = lesson;
    await using app = await openApp({ env: { ALLOWED_ORIGINS: 'https://example.org' } });
    const { port } = app;
    const path = newPath();
    for (const Origin of [
      'https://evil.example',
      'null',
      'https://example.org.evil.example',
      'https://example.org:8443',
      'http://example.org',
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port}.evil.example`,
      'file://',
      '*',
      '',
    ]) {
      const refusal = await refusalOf(handshake(port, path, { Origin, Host: `127.0.0.1:${port}` }));
      expect([Origin, refusal.status, refusal.problem?.['type']]).toEqual([
        Origin,
        403,
        problemType('foreign-origin'),
      ]);
      expect(refusal.head).toContain('content-type: application/problem+json');
    }
    for (const Origin of [
      'https://example.org',
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `https://127.0.0.1:${port}`,
    ])
      expect([Origin, await statusOf(port, path, { Origin })]).toEqual([Origin, 101]);
    expect(await statusOf(port, path)).toBe(101);
  },
);

test('a page from a file may come in where "null" is allowed', async () => {
  await using app = await openApp({ env: { ALLOWED_ORIGINS: 'null' } });
  expect(await statusOf(app.port, '/room/kitchen/', { Origin: 'null' })).toBe(101);
  expect(await statusOf(app.port, '/room/kitchen/', { Origin: 'file://' })).toBe(403);
});

test('a handshake under a foreign host name gets 403', async () => {
  await using app = await openApp();
  const refusal = await refusalOf(handshake(app.port, '/room/a/', { Host: 'evil.example' }));
  expect([refusal.status, refusal.problem?.['type']]).toEqual([403, problemType('foreign-host')]);
});

const NOWHERE = [
  '/',
  '/live/',
  '/live/websocket/',
  '/live/websocket/room/a',
  '/live/websocket/room//',
  '/live/websocket/room/a/b/',
  '/live/Websocket/room/a/',
  '/live/polling/room/a/',
  '/live/connection-list/room/a/',
  '/live/connection-list/a-b/room/a/',
  '/live/channel-layer/rooms/a/',
  '/room/',
  '/room/a',
  '/ROOM/a/',
  '//room/a/',
  '/room/a/%0A',
  '/room/a%0A/',
  '/room/a%2F/',
  '/room/a%00/',
  '/room/%E4%B8%AD%E6%96%87/',
  '/room/a-b/',
  '/room/a.b/',
  '/room/../room/a/',
  `/room/${'a'.repeat(65)}/`,
  ...LESSONS.flatMap(([lesson]) => {
    const rooms =
      lesson === 'connection-list' ? '/live/connection-list/l/room' : `/live/${lesson}/room`;
    return [
      `${rooms}/a-b/`,
      `${rooms}/${'a'.repeat(65)}/`,
      `${rooms}/%E4%B8%AD/`,
      `${rooms}/a/%0A`,
    ];
  }),
];

test('where nothing lives, a handshake gets 404', async () => {
  await using app = await openApp();
  for (const path of NOWHERE) {
    const { status, head } = await refusalOf(handshake(app.port, path));
    expect([path, status]).toEqual([path, 404]);
    expect(head).toContain('content-type: application/problem+json');
  }
  expect(await statusOf(app.port, `/room/${'a'.repeat(64)}/`)).toBe(101);
});

test('channel-layer: a malformed "after" is refused with 400, before the handshake', async () => {
  await using app = await openApp();
  const path = '/live/channel-layer/room/kitchen/';
  using alice = await openClient(app.port, path);
  for (const after of ['', 'x', '-1', '0x', 'a.-1', 'a.01', '%00', 'x'.repeat(10_000)]) {
    const refusal = await refusalOf(handshake(app.port, `${path}?after=${after}`));
    expect([after, refusal.status, refusal.problem?.['type']]).toEqual([
      after,
      400,
      problemType('malformed'),
    ]);
  }
  await expectUnharmed('channel-layer', alice, alice);
});

test('channel-layer: what is no message is answered with a problem, and the socket stays open', async () => {
  await using app = await openApp({ env: unhurried });
  const path = `/live/channel-layer/room/${randomRoom()}/`;
  using alice = await openClient(app.port, path);
  using mallory = await openClient(app.port, path);
  const whole = '{"id":"a.1","sender":"M","text":"forged","at":1}';
  const cases = [
    '',
    '{',
    'null',
    '7',
    '"hi"',
    '[]',
    '{}',
    '{"sender":"M"}',
    '{"sender":"M","text":1}',
    '{"sender":"M","text":""}',
    '{"sender":"M","text":"\\u0000"}',
    '{"sender":["M"],"text":"forged"}',
    JSON.stringify({ sender: 'M', text: 'x'.repeat(2_001) }),
    JSON.stringify({ sender: 'M'.repeat(41), text: 'forged' }),
    '{"type":"chat.message"}',
    `{"type":"chat.message","message":${whole}}`,
    `{"type":"websocket.disconnect","code":1000}`,
    `{"__proto__":${whole}}`,
    `{"constructor":{"prototype":${whole}}}`,
    '['.repeat(60_000),
    `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    `${'{"sender":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  ];
  for (const [place, text] of cases.entries()) {
    mallory.ws.send(text);
    while (mallory.heard.length < place + 2) await once(mallory.ws, 'message');
    const answer: unknown = JSON.parse(mallory.heard.at(-1) ?? '');
    expect([text, answer]).toMatchObject([
      text,
      {
        problem: { type: problemType('malformed'), detail: expect.stringMatching(/\.$/) as string },
      },
    ]);
  }
  await expectUnharmed('channel-layer', mallory, alice);
  expect(alice.heard).toHaveLength(2); // where it begins, and this one
  expect('id' in {}).toBe(false);
});

test('channel-layer: what a message has beside its words is not passed on', async () => {
  await using app = await openApp();
  const path = `/live/channel-layer/room/${randomRoom()}/`;
  using alice = await openClient(app.port, path);
  using mallory = await openClient(app.port, path);
  mallory.ws.send(
    '{"sender":"M","text":"hi","id":"a.1","at":1,"type":"x","__proto__":{"admin":1}}',
  );
  const heard = JSON.parse(await alice.hears('"hi"')) as Record<string, unknown>;
  expect(Object.keys(heard).sort()).toEqual(['at', 'id', 'sender', 'text']);
  expect([heard['id'], heard['at']]).not.toContain('a.1');
  expect(heard['at']).not.toBe(1);
});

test(
  'a thousand that leave a list at once, while one broadcasts, cost those who stay no message',
  { timeout: 60_000 },
  async () => {
    await using app = await openApp({
      env: { ...unhurried, MAX_CONNECTIONS_PER_ADDRESS: '2000' },
    });
    const path = `/live/connection-list/${randomRoom()}/room/a/`;
    using alice = await openClient(app.port, path);
    using bob = await openClient(app.port, path);
    const crowd = await Promise.all(
      Array.from({ length: 1_000 }, () => openClient(app.port, path)),
    );
    expect((await connectionsOf(app.url, path)).many).toBe(1_002);

    for (let n = 0; n < 20; n += 1) alice.ws.send(`before ${n};`);
    await bob.hears('before 5;');
    for (const [place, { ws }] of crowd.entries()) {
      if (place % 100 === 0) alice.ws.send(`while ${place / 100};`);
      if (place % 3 === 0) ws.terminate();
      else if (place % 3 === 1) ws.close();
      else ws.send('close');
    }
    for (let n = 0; n < 20; n += 1) alice.ws.send(`after ${n};`);
    await Promise.all([alice.hears('after 19;'), bob.hears('after 19;')]);

    expect(bob.heard).toEqual(alice.heard);
    expect(bob.heard).toEqual([
      ...Array.from({ length: 20 }, (_, n) => `before ${n}; ✓`),
      ...Array.from({ length: 10 }, (_, n) => `while ${n}; ✓`),
      ...Array.from({ length: 20 }, (_, n) => `after ${n}; ✓`),
    ]);
    await expect.poll(async () => (await connectionsOf(app.url, path)).many).toBe(2);
    alice.ws.close();
    bob.ws.terminate();
    await expect.poll(() => connectionsOf(app.url, path)).toMatchObject({ many: 0, groups: [] });
  },
);
