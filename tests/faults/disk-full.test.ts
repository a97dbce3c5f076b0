import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../support/free-port.ts';

/** The server, whose lines go to a file that takes none. */
async function startInto(file: string, LOG_LEVEL: string) {
  const port = await freePort();
  const out = await open(file, 'w');
  const child = spawn(process.execPath, ['server/main.ts', '--no-redis'], {
    env: { PATH: process.env['PATH'], PORT: String(port), LOG_LEVEL },
    stdio: ['ignore', out.fd, 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await Promise.all([exited, out.close()]);
  });
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  return {
    ask: () =>
      fetch(`http://127.0.0.1:${port}/healthz`).then(
        ({ status }) => status,
        () => undefined,
      ),
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
    const server = await startInto('/dev/full', 'info');
    await expect.poll(server.ask, { timeout: 10_000 }).toBe(200);
    for (let n = 0; n < 1_000; n += 1) expect(await server.ask()).toBe(200); // over 64 KiB of lines
    expect(await server.end()).toBe(0);
    expect(server.errors()).toBe('');
  },
);
