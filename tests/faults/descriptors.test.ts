import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { problemType } from '../../src/protocol/problem.ts';
import { startServer } from '../support/program.ts';
import { exchangeBytes, request, statusOf } from '../support/raw-http.ts';
import { openClient } from '../support/raw-websocket.ts';

const path = '/live/channel-layer/room/kitchen/';
const healthz = request('GET /healthz', {});

/** So many connections that ask nothing; those that the server takes, and does not close at once. */
async function connectMany(port: number, many: number): Promise<Socket[]> {
  const sockets = Array.from({ length: many }, () =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** A server that may open 256 files, and one who is connected before it gets tight. */
async function startTight(options: readonly string[] = []) {
  const server = await startServer({}, { openFiles: 256, options });
  onTestFinished(async () => void (await server.end('SIGKILL')));
  const port = Number(new URL(server.url).port);
  const alice = await openClient(port, path);
  onTestFinished(() => alice.ws.terminate());
  let said = 0;
  const expectServed = async () => {
    const text = `still here ${(said += 1)};`;
    alice.ws.send(JSON.stringify({ sender: 'Alice', text }));
    await alice.hears(text);
  };
  return { server, port, expectServed };
}

test('where the system allows 256 files, connections are bounded below, in words, and told of once; all is well when some have left', async () => {
  const { server, port, expectServed } = await startTight();
  const crowd = await connectMany(port, 150);
  const refused = await exchangeBytes(port, healthz);
  expect(statusOf(refused)).toBe(429);
  expect(refused).toContain(problemType('too-many-connections'));
  expect(refused).toMatch(/\r\nRetry-After: \d+\r\n/);
  await expectServed();

  crowd.push(...(await connectMany(port, 400)));
  await expectServed();
  for (const socket of crowd) socket.destroy();
  await expect.poll(async () => statusOf(await exchangeBytes(port, healthz))).toBe(200);
  await expectServed();
  const told = server.lines.filter((line) => line.includes('"level":40'));
  expect(told).toEqual([expect.stringContaining('This process may open 256 files')]);
  expect(await server.end()).toBe(0);
});

// On SIGUSR2 it opens all files that it may, and at the next one closes them.
const GREEDY = `data:text/javascript,${encodeURIComponent(`
  import { closeSync, openSync } from 'node:fs';
  const files = [];
  process.on('SIGUSR2', () => {
    if (files.length) {
      for (const file of files.splice(0)) closeSync(file);
      return console.log('freed');
    }
    try {
      for (;;) files.push(openSync('/dev/null'));
    } catch (error) {
      console.log('used up', error.code);
    }
  });
`)}`;

test('where something else uses all files up, who is connected is served, others are turned away, and all is well when some are free', async () => {
  const { server, port, expectServed } = await startTight(['--import', GREEDY]);
  process.kill(server.pid, 'SIGUSR2');
  await server.line(/used up EMFILE/);
  const crowd = await connectMany(port, 50);
  await expect.poll(() => crowd.every(({ destroyed }) => destroyed)).toBe(true);
  await expectServed();
  process.kill(server.pid, 'SIGUSR2');
  await server.line(/freed/);
  await expect.poll(async () => statusOf(await exchangeBytes(port, healthz))).toBe(200);
  await expectServed();
  expect(await server.end()).toBe(0);
});
