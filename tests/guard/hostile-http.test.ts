import { connect } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProblem, problemType } from '../../src/protocol/problem.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';

const path = '/live/polling/rooms/kitchen/messages';
const json = { 'Content-Type': 'application/json' };
const good = JSON.stringify({ sender: 'Bob', text: 'hi' });

const post = (url: string, body: BodyInit, headers: Record<string, string> = json) =>
  fetch(url + path, { method: 'POST', headers, body });

async function problemOf(response: Response) {
  expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/);
  const problem = parseProblem(await response.json());
  expect(problem?.status).toBe(response.status);
  return problem;
}

test('each kind of nonsense is answered as the contract says, and the next request is served', async () => {
  await using app = await openApp({ env: { MESSAGE_BURST: '1000' } });
  const cases: [what: string, Promise<Response>, status: number, type: string][] = [
    ['no JSON', post(app.url, '{'), 400, 'malformed'],
    ['a JSON list', post(app.url, '[]'), 400, 'malformed'],
    ['a JSON number', post(app.url, '7'), 400, 'malformed'],
    ['an empty body', post(app.url, ''), 400, 'malformed'],
    ['no text', post(app.url, '{"sender":"B"}'), 400, 'malformed'],
    ['text that is a number', post(app.url, '{"sender":"B","text":1}'), 400, 'malformed'],
    [
      'a long text',
      post(app.url, JSON.stringify({ sender: 'B', text: 'x'.repeat(2001) })),
      400,
      'malformed',
    ],
    [
      'a body over 64 KiB',
      post(app.url, JSON.stringify({ sender: 'B', text: 'x'.repeat(70_000) })),
      413,
      'too-large',
    ],
    ['deep nesting', post(app.url, '['.repeat(60_000)), 400, 'malformed'],
    [
      'a form',
      post(app.url, 'text=hi', { 'Content-Type': 'application/x-www-form-urlencoded' }),
      415,
      'not-json',
    ],
    ['plain text', post(app.url, good, { 'Content-Type': 'text/plain' }), 415, 'not-json'],
    [
      'another charset',
      post(app.url, good, { 'Content-Type': 'application/json; charset=shift_jis' }),
      415,
      'not-json',
    ],
    [
      'an unknown encoding',
      post(app.url, good, { ...json, 'Content-Encoding': 'zip' }),
      415,
      'not-json',
    ],
    [
      'gzip that is none',
      post(app.url, good, { ...json, 'Content-Encoding': 'gzip' }),
      400,
      'malformed',
    ],
    ['a bad room', fetch(`${app.url}/live/polling/rooms/a-b/messages`), 400, 'malformed'],
    [
      'a room that is no UTF-8',
      fetch(`${app.url}/live/polling/rooms/%ff/messages`),
      400,
      'malformed',
    ],
    ['a bad cursor', fetch(`${app.url}${path}?after=x`), 400, 'malformed'],
    ['two cursors', fetch(`${app.url}${path}?after=0&after=0`), 400, 'malformed'],
    ['another method', fetch(app.url + path, { method: 'PUT' }), 405, 'method-not-allowed'],
    ['an unknown path', fetch(`${app.url}/live/nothing`), 404, 'not-found'],
  ];
  for (const [what, answer, status, type] of cases) {
    const response = await answer;
    const problem = await problemOf(response);
    expect([what, response.status, problem?.type]).toEqual([
      what,
      status,
      `urn:on-the-wire:${type}`,
    ]);
  }
  expect((await post(app.url, good)).status).toBe(201);
});

test('a bomb in gzip is refused by what it unpacks to', async () => {
  await using app = await openApp();
  const { gzipSync } = await import('node:zlib');
  const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
  const response = await post(app.url, new Uint8Array(bomb), {
    ...json,
    'Content-Encoding': 'gzip',
  });
  expect(response.status).toBe(413);
});

test(
  'whatever bytes come, the server answers or closes, and serves the next',
  { timeout: 60_000 },
  async () => {
    await using app = await openApp({
      env: { MESSAGE_BURST: '100000', MESSAGES_PER_SECOND: '100000' },
    });
    const whole = Buffer.from(
      request(`POST ${path}`, { ...json, 'Content-Length': String(good.length) }, good),
    );
    const mutation = fc.record({
      at: fc.nat(whole.length - 1),
      cut: fc.nat(12),
      put: fc.uint8Array({ maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        let bytes = whole;
        for (const { at, cut, put } of mutations)
          bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
        const answer = exchangeUntilQuiet(app.port, bytes);
        const status = statusOf(await answer);
        expect(Number.isNaN(status) || status < 500).toBe(true);
      }),
      { numRuns: 150 },
    );
    expect((await post(app.url, good)).status).toBe(201);
  },
);

/** Sends bytes, then ends our side, so that a request that waits for more is over as well. */
function exchangeUntilQuiet(port: number, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined).on('close', () => resolve(received));
  });
}

/** At least the burst was accepted, and no more than it and what has been refilled since. */
function expectPaced(
  answers: readonly Response[],
  burst: number,
  perSecond: number,
  began: number,
) {
  const refilled = Math.ceil(((performance.now() - began) / 1000) * perSecond);
  const accepted = answers.filter(({ status }) => status === 201).length;
  expect(accepted).toBeGreaterThanOrEqual(Math.min(burst, answers.length));
  expect(accepted).toBeLessThanOrEqual(burst + refilled);
}

test('messages too fast are refused with Retry-After, in that room and from that address alone', async () => {
  await using app = await openApp({ env: { MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '3' } });
  const began = performance.now();
  const answers = await Promise.all(Array.from({ length: 30 }, () => post(app.url, good)));
  expectPaced(answers, 3, 1, began);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('Retry-After')).toBe('1');
  expect((await fetch(app.url + path)).status).toBe(200);
  const elsewhere = app.url + '/live/polling/rooms/hall/messages';
  expect((await fetch(elsewhere, { method: 'POST', headers: json, body: good })).status).toBe(201);
});

test('one connection too many is told so, and the others are unharmed', async () => {
  await using app = await openApp({ env: { MAX_CONNECTIONS_PER_ADDRESS: '2' } });
  const held = [1, 2].map(() => connect(app.port, '127.0.0.1'));
  await Promise.all(
    held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
  );
  const third = await exchangeBytes(app.port, request(`GET ${path}`, {}));
  expect(statusOf(third)).toBe(429);
  expect(third).toContain(problemType('too-many-connections'));
  for (const socket of held) {
    const answered = new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    socket.write(request(`GET ${path}`, {}));
    expect(statusOf(await answered)).toBe(200);
  }
  expect(statusOf(await exchangeBytes(app.port, request(`GET ${path}`, {})))).toBe(200);
});

test('an upgrade to h2c is answered as the plain request that it is', async () => {
  await using app = await openApp();
  const headers = {
    Connection: 'close, Upgrade, HTTP2-Settings',
    Upgrade: 'h2c',
    'HTTP2-Settings': 'AAMAAABk',
  };
  expect(statusOf(await exchangeBytes(app.port, request(`GET ${path}`, headers)))).toBe(200);
});

test('a request for a whole URL is answered as one for its path, whoever answers there', async () => {
  await using app = await openApp();
  const statusAt = async (target: string) =>
    statusOf(await exchangeBytes(app.port, request(`GET ${target}`, {})));
  for (const at of [
    path,
    '/live/Polling/rooms/kitchen/messages/?after=0',
    '/live/polling',
    '/live/polling.',
  ])
    expect([at, await statusAt(`http://127.0.0.1:${app.port}${at}`)]).toEqual([
      at,
      await statusAt(at),
    ]);
  expect(await statusAt(`http://127.0.0.1:${app.port}${path}`)).toBe(200);
});

test('a request that expects what nobody knows is answered as the plain request that it is', async () => {
  await using app = await openApp();
  const headers = { Expect: 'the unexpected' };
  expect(statusOf(await exchangeBytes(app.port, request(`GET ${path}`, headers)))).toBe(200);
});

test('all of /live/ is no-store, without an ETag', async () => {
  await using app = await openApp();
  for (const url of [path, '/live/nothing', `${path}?after=x`]) {
    const { headers } = await fetch(app.url + url);
    expect([headers.get('Cache-Control'), headers.get('ETag')]).toEqual(['no-store', null]);
  }
});

test('a room is paced as one, however it is spelt', async () => {
  await using app = await openApp({ env: { MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '3' } });
  const began = performance.now();
  const spellings = ['kitchen', '%6bitchen', 'k%69tchen', 'ki%74chen', 'kit%63hen', 'kitc%68en'];
  const answers = await Promise.all(
    spellings.map((room, place) => {
      const rooms = place % 2 ? 'Rooms' : 'rooms';
      const url = `${app.url}/live/polling/${rooms}/${room}/messages`;
      return fetch(url, { method: 'POST', headers: json, body: good });
    }),
  );
  expectPaced(answers, 3, 1, began);
});

test('one address is paced over all rooms together, at ten times the pace', async () => {
  await using app = await openApp({ env: { MESSAGES_PER_SECOND: '1', MESSAGE_BURST: '3' } });
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 80 }, (_, room) =>
      fetch(`${app.url}/live/polling/rooms/room${room}/messages`, {
        method: 'POST',
        headers: json,
        body: good,
      }),
    ),
  );
  expectPaced(answers, 30, 10, began);
});

test('a connection that asks on without reading is cut off; sixteen questions at once are answered', async () => {
  await using app = await openApp();
  const question = (headers: Record<string, string>) => request(`GET ${path}`, headers);
  const keep = question({ Connection: 'keep-alive' });
  const answered = await exchangeBytes(app.port, keep.repeat(15) + question({}));
  expect(answered.split('HTTP/1.1 200 OK')).toHaveLength(17);
  const cut = await exchangeBytes(app.port, keep.repeat(400));
  expect(cut.split('HTTP/1.1 200 OK').length).toBeLessThanOrEqual(17);
  expect((await fetch(app.url + path)).status).toBe(200);
});

test.each([
  ['what is no HTTP', 'nonsense\r\n\r\n', 400, 'malformed'],
  [
    'a head over 16 KiB',
    request(`GET ${path}`, { 'X-Long': 'x'.repeat(20_000) }),
    431,
    'head-too-large',
  ],
])('%s is refused with a problem as well', async (_what, bytes, status, type) => {
  await using app = await openApp();
  const answer = await exchangeBytes(app.port, bytes);
  expect(statusOf(answer)).toBe(status);
  expect(answer).toContain(`urn:on-the-wire:${type}`);
});
