import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { startFaultyProxy } from '../support/faulty-proxy.ts';
import { openApp } from '../support/open-app.ts';
import { start } from '../support/program.ts';
import { openClient } from '../support/raw-websocket.ts';
import { logOf, say, unbounded } from '../support/rooms.ts';

const program = new URL('../support/lone-readers.ts', import.meta.url).pathname;
const names = ['polling', 'long-polling', 'server-sent-events', 'websocket'];

test('readers whose machine slept for so long that the server dropped them: nothing is lost, and nothing comes twice', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await using app = await openApp({ env: unbounded });
  const network = await startFaultyProxy(app.port);
  const room = randomRoom();
  await using reader = start(process.execPath, [program, network.url, room]);
  await Promise.all(names.map((name) => reader.line(new RegExp(`^${name} is open`))));
  const group = `${app.url}/live/channel-layer/room/${room}/layer`;
  const members = async () => ((await (await fetch(group)).json()) as { many: number }).many;
  using alice = await openClient(app.port, `/live/channel-layer/room/${room}/`);
  const sayTen = async (when: string) => {
    for (let n = 0; n < 10; n += 1)
      expect((await say(app.url, room, `${when} ${n}`))?.status).toBe(201);
  };
  await sayTen('before');
  expect(await members()).toBe(2);

  process.kill(reader.pid, 'SIGSTOP');
  network.halt();
  for (let round = 0; round < 2; round += 1) {
    const pinged = once(alice.ws, 'ping');
    vi.advanceTimersByTime(30_000);
    await pinged;
    await sayTen(`asleep ${round}`);
    await alice.hears(`asleep ${round} 9`);
    alice.ws.ping();
    await once(alice.ws, 'pong'); // hers left before
  }
  await expect.poll(members).toBe(1);
  process.kill(reader.pid, 'SIGCONT');
  network.resume();

  await sayTen('awake');
  const log = await logOf(app.url, room);
  expect(log).toHaveLength(40);
  await Promise.all(names.map((name) => reader.line(new RegExp(`^${name} hears ${log.at(-1)}$`))));
  for (const name of names) {
    const heard = reader.lines.filter((line) => line.startsWith(`${name} hears `));
    expect(heard).toEqual(log.map((id) => `${name} hears ${id}`));
    expect(reader.lines.filter((line) => line.startsWith(`${name} misses `))).toEqual([]);
  }
  expect(reader.lines).toContain('websocket is lost');
});
