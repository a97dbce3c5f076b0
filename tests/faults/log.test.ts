import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startServer } from '../support/program.ts';

/** The server, with a line a request in its log, which goes to `out`: a file, or a pipe that nobody reads. */
async function startInto(out: number | 'pipe') {
  const port = await freePort();
  const child = spawn(process.execPath, ['server/main.ts', '--no-redis'], {
    env: { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL: 'info' },
    stdio: ['ignore', out, 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ status }) => status,
      () => undefined,
    );
  return {
    ask,
    /** Asks so often that its lines fit nowhere: neither into a pipe nor where lines may wait. */
    async expectAnswers() {
      await expect.poll(ask, { timeout: 10_000 }).toBe(200);
      for (let n = 0; n < 2_000; n += 1) expect(await ask()).toBe(200);
    },
    errors: () => errors,
    async end() {
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

// Elsewhere there is no /dev/full.
test.skipIf(process.platform !== 'linux')(
  'where the disk is full that the log is written to, the server goes on answering, and ends as it should',
  async () => {
    await using full = await open('/dev/full', 'w');
    const server = await startInto(full.fd);
    await server.expectAnswers();
    expect(await server.end()).toBe(0);
    expect(server.errors()).toBe('');
  },
);

test('where nobody reads the log any more, the server goes on answering', async () => {
  const server = await startInto('pipe');
  await server.expectAnswers();
  expect(server.errors()).toBe('');
});

test('the last lines of the log have left when the server has ended', async () => {
  await using server = await startServer({ LOG_LEVEL: 'info' });
  for (let n = 0; n < 20; n += 1) await fetch(`${server.url}/healthz?last=${n}`);
  expect(await server.end()).toBe(0);
  for (let n = 0; n < 20; n += 1)
    expect(server.lines.filter((line) => line.includes(`/healthz?last=${n}"`))).toHaveLength(1);
});
