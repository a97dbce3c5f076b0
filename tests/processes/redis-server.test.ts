import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findRedisServer, startRedisServer } from '../../server/processes/redis-server.ts';
import { allGone, childrenOf, isAlive } from './support.ts';

/** A Redis that ends with the test. */
async function openRedis() {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  return redis;
}

/** What it answers to a command, by a connection of its own. */
async function ask(url: string, command: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    socket.write(`${command}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString().trim();
  } finally {
    socket.destroy();
  }
}

test('it accepts connections, on loopback only, keeps nothing on disk and is bounded', async () => {
  const redis = await openRedis();
  expect(await ask(redis.url, 'PING')).toBe('+PONG');
  for (const [name, value] of [
    ['bind', '127.0.0.1'],
    ['save', ''],
    ['appendonly', 'no'],
    ['maxmemory', String(64 * 1024 * 1024)],
    ['maxmemory-policy', 'noeviction'],
    ['logfile', ''],
  ] as const)
    expect([name, (await ask(redis.url, `CONFIG GET ${name}`)).split('\r\n')[4] ?? '']).toEqual([
      name,
      value,
    ]);
});

test('two have different ports, and each is gone with all it started when it is stopped', async () => {
  const [first, second] = await Promise.all([openRedis(), openRedis()]);
  expect(first.url).not.toBe(second.url);
  const pids = [first.pid, ...childrenOf(first.pid).map(({ pid }) => pid)];
  expect(pids).toHaveLength(2);
  await first.stop();
  await allGone(pids);
  expect([first.running, second.running]).toEqual([false, true]);
  expect(isAlive(second.pid)).toBe(true);
});

test('paused, it hangs; then it goes on', async () => {
  const redis = await openRedis();
  let over = false;
  const paused = redis.pause(300).then(() => (over = true));
  expect(await ask(redis.url, 'PING')).toBe('+PONG');
  expect(over).toBe(true);
  await paused;
});

test('restarted, it is another process on the same port, and empty', async () => {
  const redis = await openRedis();
  const { url, pid } = redis;
  expect(await ask(url, 'SET kitchen hi')).toBe('+OK');
  await redis.restart();
  expect(redis.url).toBe(url);
  expect(redis.pid).not.toBe(pid);
  await allGone([pid]);
  expect(await ask(url, 'GET kitchen')).toBe('$-1');
});

test('where it cannot start, a sentence says why', async () => {
  await expect(startRedisServer('/bin/false')).rejects.toThrow(/^redis-server cannot start: .*\.$/);
  await expect(startRedisServer('/nowhere/redis-server')).rejects.toThrow(
    /^redis-server cannot start: /,
  );
});

test('it is found on the PATH before any usual place', () => {
  const usual = findRedisServer('');
  expect(usual).toMatch(/redis-server$/);
  expect(findRedisServer('/nowhere')).toBe(usual);
});
