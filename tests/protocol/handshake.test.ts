import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { annotate } from '../../src/protocol/annotate.ts';
import { acceptSteps } from '../../src/protocol/handshake.ts';
import { expectTiles, shape } from '../support/byte-fields.ts';
import { tapped } from '../support/tapped.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

test('the handshake of ws, and how its answer comes about', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  const tap = await tapped((server.address() as AddressInfo).port);
  const socket = new WebSocket(`ws://127.0.0.1:${tap.port}/room/`);
  await once(socket, 'open');
  const [up, down] = [tap.up(), tap.down()];
  socket.terminate();
  expectTiles(annotate({ kind: 'upgrade' }, down), down.length);
  expect(shape(annotate({ kind: 'upgrade' }, down)).slice(0, 2)).toEqual([
    'status-line HTTP/1.1 101 Switching Protocols',
    'header Upgrade: websocket',
  ]);
  expect(shape(annotate({ kind: 'request' }, up)).at(-1)).toBe('blank-line \r\n');
  const steps = acceptSteps(up, down);
  expect(steps).toMatchObject({ answer: steps?.accept, equal: true });
  expect(`${Buffer.from(down).toString()}`).toContain(`Sec-WebSocket-Accept: ${steps?.accept}\r\n`);
});

test('the handshake of RFC 6455 §1.2 and §1.3 is computed step by step', () => {
  const asked = utf8('GET /chat HTTP/1.1\r\nSec-WebSocket-Key:  dGhlIHNhbXBsZSBub25jZQ== \r\n\r\n');
  const answered = (accept: string) =>
    utf8(`HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
  const steps = {
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    joined: 'dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11',
    digest: 'b3 7a 4f 2c c0 62 4f 16 90 f6 46 06 cf 38 59 45 b2 be c4 ea',
    accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  };
  const right = { ...steps, answer: steps.accept, equal: true };
  expect(acceptSteps(asked, answered(steps.accept))).toEqual(right);
  const wrong = 's3pPLMBiTxaQ9kYGzzhZRbK+xoo=';
  expect(acceptSteps(asked, answered(wrong))).toEqual({ ...steps, answer: wrong, equal: false });
  const silent = { ...steps, answer: undefined, equal: false };
  expect(acceptSteps(asked, utf8('HTTP/1.1 40'))).toEqual(silent);
  expect(acceptSteps(utf8('GET / HTTP/1.1\r\n\r\n'), answered(wrong))).toBeUndefined();
});
