import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { MOST_WAITING } from '../../server/wire/link.ts';
import { openPlain, request } from './plain-client.ts';
import { bytesOf, KINDS, serveWire, sha256 } from './wire-server.ts';

test('what waits for a client that does not read is bounded, and none of it is lost', async () => {
  const { port, streams, onlookers, sockets } = await serveWire({ worse: { latency: 20 } });
  const client = openPlain(port);
  client.write(request('GET /events', { Connection: 'close' }));
  await client.gets('text/event-stream');
  client.socket.pause();
  const [stream] = streams;
  if (!stream) throw new Error('The stream is not open.');
  const waiting = () => onlookers[0]?.connection?.waiting.down ?? 0;
  const piece = Buffer.alloc(65_536, 'Z');
  let written = 0;
  let most = 0;
  const write = () => {
    written += piece.length;
    stream.write(piece);
    most = Math.max(most, waiting());
  };
  // The kernels take several MiB; what comes after that waits here.
  let drained = true;
  while (drained) {
    while (!stream.writableNeedDrain) write();
    drained = await Promise.race([once(stream, 'drain').then(() => true), quiet()]);
  }
  for (let more = 0; more < 20; more += 1) write();
  await quiet();
  expect(most).toBeGreaterThanOrEqual(MOST_WAITING);
  expect(most).toBeLessThan(MOST_WAITING + 2 * piece.length);
  expect(sockets[0]?.writableLength).toBeGreaterThan(19 * piece.length);
  client.socket.resume();
  stream.end();
  await client.ends();
  expect(client.text().split('Z').length - 1).toBe(written);
});

test('what waits for a server that does not read is bounded, and none of it is lost', async () => {
  const { port, onlookers } = await serveWire({ worse: { timeout: 0 } });
  const client = openPlain(port);
  const bytes = bytesOf(8 * 1_048_576);
  client.write(request('POST /digest', { 'Content-Length': String(bytes.length) }));
  client.write(bytes);
  const waiting = () => onlookers[0]?.connection?.waiting.up ?? 0;
  await expect.poll(waiting).toBeGreaterThanOrEqual(MOST_WAITING);
  // Until the client has nowhere to write to.
  let before = -1;
  while (client.socket.bytesWritten - client.socket.writableLength !== before) {
    before = client.socket.bytesWritten - client.socket.writableLength;
    await quiet();
  }
  expect(client.socket.writableLength).toBeGreaterThan(0);
  expect(waiting()).toBeLessThan(MOST_WAITING + 65_536 + 1);
  onlookers[0]?.change({});
  expect(await client.gets('"}')).toContain(sha256(bytes));
});

test.each(KINDS)('through a %s little is read that the server does not want yet', async (kind) => {
  const { port, sockets } = await serveWire({ kind });
  const client = openPlain(port);
  client.write(request('POST /never', { 'Content-Length': '67108864' }));
  client.write(Buffer.alloc(67_108_864));
  await expect.poll(() => sockets[0]?.isPaused()).toBe(true);
  await quiet();
  expect(sockets[0]?.readableLength).toBeLessThan(3 * 65_536);
  expect(client.socket.writableLength).toBeGreaterThan(0);
});

test('when all is over, nothing of it keeps the process', async () => {
  const program = fileURLToPath(new URL('leaving-nothing.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toMatch(/^\d+\n$/);
  expect(Number(stdout)).toBeLessThan(500);
});

/** False, when what can move has moved: there is no event for what does not. */
const quiet = () => new Promise<false>((resolve) => setTimeout(resolve, 200, false));
