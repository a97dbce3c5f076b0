import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import words from '../../content/ui/en.json' with { type: 'json' };
import { lessons } from '../../content/lessons.ts';
import { type Claim, runClaim } from '../../src/lessons/claim.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { say } from '../../src/widgets/say.ts';
import { handshake, refusalOf } from '../channels/support.ts';
import { freePort } from '../support/free-port.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request as written, statusOf } from '../support/raw-http.ts';
import { wrongPollingServer } from '../support/wrong-polling-server.ts';

let app: Awaited<ReturnType<typeof openApp>>;
beforeAll(async () => {
  app = await openApp({ env: { TRUST_PROXY: '192.0.2.1' } });
});
afterAll(() => app.stop());

const claimsOf = async (slug: string) =>
  ((await import(`../../src/lessons/${slug}/claims.ts`)) as { claims: readonly Claim[] }).claims;

/** Someone's server: says what it was asked, wherever localhost is. */
async function recorder(host = '127.0.0.1') {
  const asked: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push({ url, headers });
    response.setHeader('Set-Cookie', 'mine=1').setHeader('Content-Type', 'text/html');
    response.end('<script>alert(1)</script>');
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return { asked, port: (server.address() as AddressInfo).port };
}

describe('a server of one’s own, through this one', () => {
  test.each(lessons.map(({ slug }) => slug))('keeps what %s claims', async (slug) => {
    await using theirs = await openApp();
    for (const claim of await claimsOf(slug)) {
      const verdict = await runClaim(claim, `${app.url}/yours/${theirs.port}`);
      const came = say(words, ...verdict.came);
      expect({
        id: claim.id,
        held: verdict.passed || verdict.skipped !== undefined,
        came,
      }).toMatchObject({ held: true });
    }
  });

  test('is caught where it is wrong, as on its own port', async () => {
    await using wrong = await wrongPollingServer({ created: 200 });
    const { port } = new URL(wrong.url);
    const verdictsAt = async (url: string) => {
      const verdicts = (await claimsOf('polling')).map((claim) => runClaim(claim, url));
      return (await Promise.all(verdicts)).map(({ passed, expected }) => ({ passed, expected }));
    };
    const through = await verdictsAt(`${app.url}/yours/${port}`);
    expect(through).toEqual(await verdictsAt(wrong.url));
    expect(through.every(({ passed }) => passed)).toBe(false);
  });

  test('sees what a page of its own would send, and no tag', async () => {
    const { asked, port } = await recorder();
    const path = `/yours/${port}/live/polling/rooms/one/messages`;
    const own = { Host: 'localhost:4321', Origin: 'http://localhost:4321' };
    const tag = 'a'.repeat(24);
    for (const query of [`?as=${tag}.1&after=0`, `?after=0&as=${tag}.2`, `?as=${tag}.3`])
      await exchangeBytes(app.port, written(`GET ${path}${query}`, own));
    expect(asked.map(({ url }) => url)).toEqual([
      '/live/polling/rooms/one/messages?after=0',
      '/live/polling/rooms/one/messages?after=0',
      '/live/polling/rooms/one/messages',
    ]);
    expect(asked[0]?.headers).toMatchObject({
      host: `localhost:${port}`,
      origin: `http://localhost:${port}`,
    });
  });

  test('may answer anything: a browser that opens it runs none of it', async () => {
    const { port } = await recorder();
    const { headers } = await fetch(`${app.url}/yours/${port}/live/page.html`);
    expect(headers.get('Content-Security-Policy')).toContain('sandbox');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Set-Cookie')).toBeNull();
  });

  test('may listen at the one or the other of this machine’s addresses', async () => {
    const { asked, port } = await recorder('::1');
    await fetch(`${app.url}/yours/${port}/live/x`);
    expect(asked).toHaveLength(1);
  });

  test('is seen to be there, or not, and is asked nothing for that', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const { asked, port } = await recorder(host);
      expect((await fetch(`${app.url}/yours/${port}/`)).status).toBe(204);
      expect(asked).toEqual([]);
    }
    const away = await fetch(`${app.url}/yours/${await freePort()}/`);
    expect(away.status).toBe(502);
    expect(await away.json()).toMatchObject({ type: problemType('yours-away') });
    for (const port of ['0', '65536', 'x', '99999'])
      expect((await fetch(`${app.url}/yours/${port}/`)).status).toBe(404);
  });

  test('is told to be away, by HTTP and WebSocket', async () => {
    const port = await freePort();
    const response = await fetch(`${app.url}/yours/${port}/live/x`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({
      type: problemType('yours-away'),
      detail: `Nothing answers at http://localhost:${port}: start your server there, then try again.`,
    });
    const refused = await refusalOf(handshake(app.port, `/yours/${port}/live/websocket/room/one/`));
    expect([refused.status, refused.problem?.['type']]).toEqual([502, problemType('yours-away')]);
  });

  test('is told to have broken off, and not to be away, by HTTP and WebSocket', async () => {
    const rude = createServer(({ socket }) => socket.destroy());
    rude.on('upgrade', (_request, socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void rude.close());
    const { port } = rude.address() as AddressInfo;
    const response = await fetch(`${app.url}/yours/${port}/live/x`, { method: 'POST', body: 'hi' });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ type: problemType('yours-broke-off') });
    const refused = await refusalOf(handshake(app.port, `/yours/${port}/live/websocket/room/one/`));
    expect(refused.problem?.['type']).toBe(problemType('yours-broke-off'));
  });

  test.each([
    '/yours/',
    '/yours/9000/healthz',
    '/yours/9000/live/../healthz',
    '/yours/9000/live/%2e%2e/healthz',
    '/yours/0/live/x',
    '/yours/65536/live/x',
    '/yours/evil.example/live/x',
    '/yours/9000@evil.example/live/x',
  ])('%s leads nowhere', async (path) => {
    expect(statusOf(await exchangeBytes(app.port, written(`GET ${path}`, {})))).toBe(404);
    expect((await refusalOf(handshake(app.port, path))).status).toBe(404);
  });

  const elsewhere = { 'X-Forwarded-For': '192.0.2.7' };
  test.each([
    ['loopback', {}, 502],
    ['loopback', elsewhere, 403],
    ['loopback', { Origin: 'https://evil.example' }, 403],
    ['nobody', {}, 403],
  ])('with YOURS=%s and %o it is %i', async (YOURS, headers, status) => {
    await using server = await openApp({ env: { YOURS, TRUST_PROXY: 'loopback' } });
    const path = `/yours/${await freePort()}/live/websocket/room/one/`;
    const http = [path, path.replace(/live.*/, '')];
    for (const one of http)
      expect(statusOf(await exchangeBytes(server.port, written(`GET ${one}`, headers)))).toBe(
        status,
      );
    expect((await refusalOf(handshake(server.port, path, headers))).status).toBe(status);
  });
});
