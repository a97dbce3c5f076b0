import { type EventEmitter, once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { acceptKey } from '../../src/protocol/accept-key.ts';
import {
  closePayload,
  decodeFrame,
  encodeFrame,
  type Frame,
  OPCODES,
  readClosePayload,
} from '../../src/protocol/frame.ts';

const { continuation, text, binary, close, ping, pong } = OPCODES;

/** What is sent to be captured: the text or bytes, and the opcode and bytes of their frame. */
const sent: [string | Buffer, number, Buffer][] = [
  '',
  'Hello, 世界 🙂',
  'x'.repeat(125),
  'x'.repeat(126),
  'x'.repeat(65535),
  Buffer.alloc(65536, 7),
  Buffer.alloc(200_000, 8),
].map((words) => [words, typeof words === 'string' ? text : binary, Buffer.from(words)]);

async function portOf(server: EventEmitter & { address(): unknown; close(): unknown }) {
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** All bytes until a socket's end, divided into the head of HTTP and the frames. */
async function capture(socket: Socket) {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf('\r\n\r\n') + 4;
  const frames: Frame[] = [];
  for (let at = end; at < bytes.length;) {
    const frame = decodeFrame(bytes.subarray(at));
    if (!frame.ok) throw new Error(frame.detail);
    frames.push(frame.value);
    at += frame.value.frameLength;
  }
  return { head: bytes.toString('latin1', 0, end), frames };
}

const headerOf = (head: string, name: string) =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(head)?.[1] ?? '';

const switching = (key: string) =>
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;

function expectFrames(frames: Frame[], masked: boolean) {
  const last = frames.length - 1;
  expect(frames.map(({ opcode }) => opcode)).toEqual([
    ...sent.map(([, code]) => code),
    ping,
    close,
  ]);
  for (const frame of frames) expect(frame).toMatchObject({ fin: true, rsv: 0, masked });
  for (const [index, [, , bytes]] of sent.entries())
    expect(Buffer.compare(frames[index]?.payload ?? Buffer.of(0), bytes)).toBe(0);
  expect(Buffer.from(frames[last - 1]?.payload ?? []).toString()).toBe('still there?');
  const reason = { ok: true, value: { code: 4000, reason: 'enough' } };
  expect(readClosePayload(frames[last]?.payload ?? Buffer.of())).toEqual(reason);
}

function sendAll(socket: WebSocket) {
  for (const [words] of sent) socket.send(words);
  socket.ping('still there?');
  socket.close(4000, 'enough');
}

/** A client of ws, and the connection that it made to a server that answers `frames` at once. */
async function clientOfWs(...frames: Uint8Array[]) {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const captured = capture(socket);
  socket.once('data', (request: Buffer) => {
    socket.write(switching(headerOf(request.toString('latin1'), 'Sec-WebSocket-Key')));
    for (const frame of frames) socket.write(frame);
  });
  return { client, captured };
}

const goodbye = (code: number, reason: string) =>
  encodeFrame({ fin: true, opcode: close, payload: closePayload(code, reason) });

test('what a client of ws sends are masked frames that say what was sent', async () => {
  const { client, captured } = await clientOfWs(goodbye(1000, ''));
  client.on('open', () => sendAll(client));
  expectFrames((await captured).frames, true);
});

test('what a server of ws sends are unmasked frames that say what was sent', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const port = await portOf(server);
  server.on('connection', sendAll);
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const socket = connect(port, '127.0.0.1');
  const captured = capture(socket);
  socket.write(
    'GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  const payload = closePayload(4000, 'enough');
  socket.write(encodeFrame({ fin: true, opcode: close, payload, mask: Uint8Array.of(1, 2, 3, 4) }));
  const { head, frames } = await captured;
  expect(headerOf(head, 'Sec-WebSocket-Accept')).toBe(acceptKey(key));
  expectFrames(frames, false);
});

test('ws understands the frames that are written here', async () => {
  const piece = new TextEncoder();
  const { client, captured } = await clientOfWs(
    encodeFrame({ fin: false, opcode: text, payload: piece.encode('Hel') }),
    encodeFrame({ fin: true, opcode: ping, payload: piece.encode('in between') }),
    encodeFrame({ fin: true, opcode: continuation, payload: piece.encode('lo') }),
    encodeFrame({ fin: true, opcode: binary, payload: new Uint8Array(70_000) }),
    goodbye(3001, 'why not'),
  );
  const heard: number[] = [];
  client.on('message', (data: Buffer) => heard.push(data.length));
  const closed = once(client, 'close') as Promise<[number, Buffer]>;
  const { frames } = await captured;
  const [code, reason] = await closed;
  expect({ heard, code, reason: reason.toString() }).toEqual({
    heard: [5, 70_000],
    code: 3001,
    reason: 'why not',
  });
  expect(frames.map(({ opcode }) => opcode)).toEqual([pong, close]);
  expect(Buffer.from(frames[0]?.payload ?? []).toString()).toBe('in between');
});
