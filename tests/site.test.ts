import { readFileSync, readdirSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from './support/program.ts';
import { say } from './support/rooms.ts';

// How the built site is served: what the build compressed, and what is never compressed.

const client = new URL('../dist/client/', import.meta.url);
const built = (path: string) => readFileSync(new URL(path, client));
const BROWSER = { 'Accept-Encoding': 'gzip, deflate, br, zstd' };

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.end());

/** What comes for a path, as it is on the wire. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }>(
    (resolve, reject) => {
      const asked = request(server.url + path, { method, headers }, (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
          reject,
        );
      });
      asked.on('error', reject).end();
    },
  );
}

describe('a page', () => {
  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['gzip, br;q=0', 'gzip'],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['zstd', undefined],
    [undefined, undefined],
  ])('for whoever accepts %s comes as %s', async (accepted, encoding) => {
    const { status, headers, body } = await ask(
      '/lessons/polling/',
      accepted === undefined ? {} : { 'Accept-Encoding': accepted },
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-length': String(body.length),
      'cache-control': 'public, max-age=0',
      vary: 'Accept-Encoding',
    });
    expect(headers['content-type']).toMatch(/^text\/html; charset=utf-8$/i);
    expect(headers).not.toHaveProperty('accept-ranges');
    expect(headers['content-encoding']).toBe(encoding);
    expect(decoded(body, encoding)).toEqual(built('lessons/polling/index.html'));
  });

  test('is not sent again to whoever has it in that encoding', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (accepted) => {
        const { headers } = await ask('/', { 'Accept-Encoding': accepted });
        return headers.etag ?? '';
      }),
    );
    expect(new Set(tags).size).toBe(3);
    const again = await ask('/', { ...BROWSER, 'If-None-Match': `"other", ${tags[0]}` });
    expect([again.status, again.body.length, again.headers.vary]).toEqual([
      304,
      0,
      'Accept-Encoding',
    ]);
    expect(again.headers.etag).toBe(tags[0]);
    const another = await ask('/', { ...BROWSER, 'If-None-Match': tags[1] ?? '' });
    expect(another.status).toBe(200);
  });

  test('has the same head for HEAD, and no body', async () => {
    const whole = await ask('/zh-cn/', BROWSER);
    const head = await ask('/zh-cn/', BROWSER, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const name of ['content-encoding', 'content-length', 'content-type', 'etag', 'vary'])
      expect([name, head.headers[name]]).toEqual([name, whole.headers[name]]);
  });

  test('has no parts, and no body where a precondition fails', async () => {
    const part = await ask('/', { ...BROWSER, Range: 'bytes=0-9' });
    expect([part.status, part.headers['content-range']]).toEqual([200, undefined]);
    const failed = await ask('/', { ...BROWSER, 'If-Match': '"other"' });
    expect([failed.status, failed.body.length, failed.headers['content-encoding']]).toEqual([
      412,
      0,
      undefined,
    ]);
  });

  test('keeps its headers: compressed, it is as guarded', async () => {
    for (const path of ['/', '/foreign/page.html']) {
      const { headers } = await ask(path, BROWSER);
      expect([path, headers['content-encoding']]).toEqual([path, 'br']);
      expect(headers['content-security-policy']).toMatch(/^default-src/);
    }
  });

  test('that is made when it is asked for, or is not there, is compressed then', async () => {
    for (const [path, status] of [
      ['/r/kitchen/', 200],
      ['/nowhere/', 404],
    ] as const) {
      const answer = await ask(path, { 'Accept-Encoding': 'gzip' });
      expect([answer.status, answer.headers['content-encoding']]).toEqual([status, 'gzip']);
      expect(gunzipSync(answer.body).toString()).toMatch(/^<!doctype html>/i);
    }
  });
});

describe('a file', () => {
  test('under /_astro, whose name has its hash, may be kept for a year', async () => {
    for (const end of ['.js', '.css']) {
      const name = readdirSync(new URL('_astro', client)).find((file) => file.endsWith(end));
      const { headers, body } = await ask(`/_astro/${name}`, BROWSER);
      expect(headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'content-encoding': 'br',
      });
      expect(headers['content-type']).toMatch(/^text\/(javascript|css); charset=utf-8$/i);
      expect(headers.etag).toMatch(/^W\//);
      expect(decoded(body, 'br')).toEqual(built(`_astro/${name}`));
    }
  });

  test('that is compressed in itself comes as it is', async () => {
    const { headers, body } = await ask('/demo.png', BROWSER);
    expect(headers['content-type']).toBe('image/png');
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body).toEqual(built('demo.png'));
  });

  test('is beside what the build made of it, where that is smaller', () => {
    const files = readdirSync(client, { recursive: true, encoding: 'utf8' });
    const long = files.filter(
      (file) => /\.(html|css|js|json|svg)$/.test(file) && built(file).length > 400,
    );
    const lacking = long.filter(
      (file) => !files.includes(`${file}.br`) || !files.includes(`${file}.gz`),
    );
    expect(long.length).toBeGreaterThan(50);
    expect(lacking).toEqual([]);
  });
});

test('what is live is never compressed, however long it is', async () => {
  for (let n = 0; n < 5; n += 1) await say(server.url, 'kitchen', 'x'.repeat(1_000));
  const read = await ask('/live/polling/rooms/kitchen/messages', BROWSER);
  expect(read.body.length).toBeGreaterThan(5_000);
  const held = await ask('/live/long-polling/rooms/kitchen/messages?wait=0', BROWSER);
  const stream = await ask(
    '/live/server-sent-events/rooms/kitchen/messages?after=0&lasts=1',
    BROWSER,
  );
  expect(stream.body.length).toBeGreaterThan(5_000);
  const refused = await ask('/live/nothing', BROWSER);
  const health = await ask('/healthz', BROWSER);
  for (const { headers } of [read, held, stream, refused, health]) {
    expect(headers['cache-control']).toMatch(/^no-store\b/);
    expect(headers).not.toHaveProperty('content-encoding');
    expect(headers).not.toHaveProperty('etag');
  }
});

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'br') return brotliDecompressSync(body);
  return encoding === 'gzip' ? gunzipSync(body) : body;
}
