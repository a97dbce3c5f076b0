import { expect, test } from 'vitest';
import { openApp } from '../support/open-app.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

test('a path where no WebSocket lives is refused with 404, before the handshake', async () => {
  await using app = await openApp();
  const answer = await exchangeBytes(app.port, request('GET /live/nothing/', handshake));
  expect(statusOf(answer)).toBe(404);
  expect(answer).toContain('application/problem+json');
});

test('a page may open no WebSocket by way of a POST, or with half a handshake', async () => {
  await using app = await openApp();
  const half = { ...handshake, 'Sec-WebSocket-Key': 'short' };
  expect(statusOf(await exchangeBytes(app.port, request('POST /room/a/', handshake)))).toBe(405);
  expect(statusOf(await exchangeBytes(app.port, request('GET /room/a/', half)))).toBe(400);
});
