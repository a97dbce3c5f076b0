import { expect, test } from 'vitest';
import { start, startServer } from '../support/program.ts';
import { allGone, childrenOf, pairAt, pidsOf } from './support.ts';

// The server as a process of its own. The site must have been built: npm test does.

/** All that a server has started, once its Redis runs and its pair is up. */
async function startedBy(server: { url: string; pid: number }): Promise<number[]> {
  await pairAt(server.url).start();
  const children = childrenOf(server.pid);
  expect(children.filter(({ command }) => command.includes('redis-server'))).toHaveLength(1);
  expect(children.filter(({ command }) => command.includes('member.ts'))).toHaveLength(2);
  return children.flatMap(({ pid }) => [pid, ...childrenOf(pid).map((child) => child.pid)]);
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a server that ends by %s leaves no process behind',
  async (signal) => {
    await using server = await startServer();
    const pids = await startedBy(server);
    await server.end(signal);
    await allGone(pids);
  },
);

test('a server whose Redis is halted leaves none behind either', async () => {
  await using server = await startServer();
  const pids = await startedBy(server);
  expect((await pairAt(server.url).post('/redis/pause')).status).toBe(202);
  await server.end('SIGKILL');
  await allGone(pids);
});

test('Redis is started by itself, the pair is not', async () => {
  await using server = await startServer();
  const commands = () => childrenOf(server.pid).map(({ command }) => command);
  await expect.poll(commands).toEqual([expect.stringContaining('redis-server')]);
  expect(server.lines).toHaveLength(1);
});

test.each([
  ['--no-redis', ['--no-redis'], {}, 'none'],
  ['a REDIS_URL', [], { REDIS_URL: 'redis://127.0.0.1:1' }, 'given'],
])('with %s there is no Redis of the server’s own', async (_what, args, env, redis) => {
  const program = ['server/main.ts', ...args];
  await using server = start(process.execPath, program, { PORT: '0', ...env });
  const [url = ''] = /http:\/\/[^/]+/.exec(await server.line(/^On the Wire: http/)) ?? [];
  expect((await pairAt(url).start()).redis).toBe(redis);
  expect(childrenOf(server.pid).map(({ command }) => command)).toEqual([
    expect.stringContaining('member.ts'),
    expect.stringContaining('member.ts'),
  ]);
});

test('a killed member and its successor are not both there', async () => {
  await using server = await startServer();
  const pair = pairAt(server.url);
  const [before] = pidsOf(await pair.start());
  await pair.post('/a/kill');
  await pair.becomes('a', 'up');
  const members = childrenOf(server.pid).filter(({ command }) => command.includes('member.ts'));
  expect(members).toHaveLength(2);
  expect(members.map(({ pid }) => pid)).not.toContain(before);
});

test.each([['--redis'], ['--no-redis', 'now']])(
  'npm start -- %s … is one sentence',
  async (...words) => {
    await using program = start(process.execPath, ['scripts/start.mjs', ...words]);
    expect(await program.exited).toBe(1);
    expect(program.lines).toEqual([
      `npm start knows no "${words.at(-1)}": it takes --no-redis, or nothing.`,
    ]);
  },
);
