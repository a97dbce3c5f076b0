import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { closeOf } from '../channels/support.ts';
import { freePort } from '../support/free-port.ts';
import { startServer } from '../support/program.ts';
import { openClient } from '../support/raw-websocket.ts';
import { openReaders, talk } from '../support/readers.ts';
import { logOf, unbounded } from '../support/rooms.ts';

/** A server process under load: a reader of each transport, and three who speak. */
async function underLoad() {
  const port = await freePort();
  const start = async () => {
    const server = await startServer({ ...unbounded, PORT: String(port) });
    onTestFinished(async () => void (await server.end('SIGKILL')));
    return server;
  };
  const server = await start();
  const room = randomRoom();
  const readers = await openReaders(server.url, room);
  const talking = talk(server.url, room);
  await talking.more(60);
  return { server, start, port, room, readers, talking };
}

test('killed under load and started again: all come back, are told that what was is gone, and hear the rest once', async () => {
  const { server, start, room, readers, talking } = await underLoad();
  await server.end('SIGKILL');
  const before = talking.accepted.length;
  await start();
  await Promise.all(readers.map(({ isTold }) => isTold('skipped null')));
  await talking.more(60);
  await talking.stop();
  const log = await logOf(server.url, room);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  expect(log).toEqual(expect.arrayContaining(talking.accepted.slice(before)));
  for (const { name, ids } of readers) {
    expect([name, ids.slice(-log.length)]).toEqual([name, log]);
    expect([name, new Set(ids).size]).toEqual([name, ids.length]);
  }
});

test('halted under load for three seconds: nobody is disconnected, and nothing is lost or comes twice', async () => {
  const { server, room, readers, talking } = await underLoad();
  process.kill(server.pid, 'SIGSTOP');
  await pause(3_000); // that is the fault
  process.kill(server.pid, 'SIGCONT');
  await talking.more(60);
  await talking.stop();
  const log = await logOf(server.url, room);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  expect(log.toSorted()).toEqual(talking.accepted.toSorted());
  for (const { name, ids, events } of readers) {
    expect([name, ids]).toEqual([name, log]);
    expect([name, events]).not.toContain('lost');
  }
});

test('told to end under load: exit code 0 within 5 s, sockets are closed with 1001, and what was accepted before was heard', async () => {
  const { server, port, room, talking } = await underLoad();
  using alice = await openClient(port, `/live/channel-layer/room/${room}/?after=0`);
  const closed = closeOf(alice.ws);
  await talking.more(60);
  const asked = performance.now();
  const [exit, { code }] = await Promise.all([server.end('SIGTERM'), closed]);
  expect(performance.now() - asked).toBeLessThan(5_000);
  await talking.stop();
  expect([exit, code]).toEqual([0, 1001]);
  const heard = alice.heard.map((text) => (JSON.parse(text) as { id?: string }).id);
  expect(heard).toEqual(expect.arrayContaining(talking.accepted));
});
