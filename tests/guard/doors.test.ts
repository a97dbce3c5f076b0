import { expect, test } from 'vitest';
import { party } from '../../server/guard/peer.ts';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';

const path = '/live/polling/rooms/kitchen/messages';

async function statusWith(port: number, headers: Record<string, string>): Promise<number> {
  return statusOf(await exchangeBytes(port, request(`GET ${path}`, headers)));
}

test('a host must be a loopback name, an address, or allowed', async () => {
  await using app = await openApp({ env: { ALLOWED_HOSTS: 'Wire.example' } });
  const hosts: [string, number][] = [
    ['localhost:8000', 200],
    ['class.localhost', 200],
    ['127.0.0.1', 200],
    ['192.168.1.7:8000', 200],
    ['[::1]:8000', 200],
    ['[fe80::1]', 200],
    ['wire.example', 200],
    ['WIRE.example:443', 200],
    ['wire.example.', 200],
    ['localhost.:8000', 200],
    ['evil.example', 403],
    ['a@127.0.0.1', 403],
    ['127.0.0.1/evil', 403],
    ['127.0.0.1#evil', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['wire.example.evil', 403],
    ['127.0.0.1@evil.example', 403],
    ['', 403],
  ];
  for (const [host, status] of hosts)
    expect([host, await statusWith(app.port, { Host: host })]).toEqual([host, status]);
});

test('an origin must be the server’s own or be allowed; programs send none', async () => {
  await using app = await openApp({ env: { ALLOWED_ORIGINS: 'https://friend.example,null' } });
  const origins: [origin: string, host: string, status: number][] = [
    ['http://127.0.0.1:8000', '127.0.0.1:8000', 200],
    ['http://localhost:8000', '127.0.0.1:8000', 200],
    ['http://127.0.0.1:9000', '127.0.0.1:8000', 403],
    ['http://192.168.1.7:8000', '192.168.1.7:8000', 200],
    ['http://192.168.1.8:8000', '192.168.1.7:8000', 403],
    ['https://192.168.1.7', '192.168.1.7', 200],
    ['http://192.168.1.7.evil.example', '192.168.1.7', 403],
    ['https://friend.example', '127.0.0.1:8000', 200],
    ['http://friend.example', '127.0.0.1:8000', 403],
    ['https://friend.example.evil', '127.0.0.1:8000', 403],
    ['null', '127.0.0.1:8000', 200],
    ['nonsense', '127.0.0.1:8000', 403],
    ['file://', '127.0.0.1:8000', 403],
  ];
  for (const [Origin, Host, status] of origins)
    expect([Origin, await statusWith(app.port, { Host, Origin })]).toEqual([Origin, status]);
  expect(await statusWith(app.port, {})).toBe(200);
});

test('“null” is refused unless it is allowed', async () => {
  await using app = await openApp();
  expect(await statusWith(app.port, { Origin: 'null' })).toBe(403);
});

test('an allowed origin’s page may read the answer and post JSON; another may not ask', async () => {
  await using app = await openApp({ env: { ALLOWED_ORIGINS: 'https://friend.example' } });
  const preflight = await fetch(app.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://friend.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('https://friend.example');
  const foreign = await fetch(app.url + path, {
    method: 'OPTIONS',
    headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
  });
  expect(foreign.status).toBe(403);
});

test('X-Forwarded-Host counts only from a trusted proxy', async () => {
  const headers = { 'X-Forwarded-Host': 'evil.example' };
  await using open = await openApp();
  expect(await statusWith(open.port, headers)).toBe(200);
  await using proxied = await openApp({ env: { TRUST_PROXY: 'loopback' } });
  expect(await statusWith(proxied.port, headers)).toBe(403);
  // The proxy writes last; and a page that rebound its own name cannot hide it.
  expect(await statusWith(proxied.port, { 'X-Forwarded-Host': 'localhost, evil.example' })).toBe(
    403,
  );
  const rebound = { Host: 'evil.example', 'X-Forwarded-Host': 'localhost' };
  expect(await statusWith(proxied.port, rebound)).toBe(403);
});

test('one party is one address, however it is written', () => {
  const v4 = ['203.0.113.8', '203.0.113.8:4711', '::ffff:203.0.113.8', '::ffff:cb00:7108'];
  expect(new Set(v4.map(party))).toEqual(new Set(['203.0.113.8']));
  expect(party('2001:db8:1:2::1')).toBe(party('2001:db8:1:2:ffff::9'));
  expect(party('2001:db8:1:2::1')).not.toBe(party('2001:db8:1:3::1'));
  expect(party('unknown')).toBe('unknown');
});
