import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findNginx } from '../../scripts/test-tools.mjs';
import { freePort } from './free-port.ts';
import { start } from './program.ts';

/** Only a master can reload. Its workers must be allowed to write where it may. */
const MASTER = `${process.getuid?.() === 0 ? 'user root;' : ''} worker_shutdown_timeout 500ms;`;

/**
 * A real nginx on a free port of this machine, with files of its own; ends with the test. `server`
 * is what stands in its `http { … }`, made with the port that it is to listen on.
 */
export async function startNginx(server: (port: number) => string, { reloads = false } = {}) {
  const program = findNginx();
  if (!program) throw new Error('There is no nginx: "npm run test:unit" installs it, or says how.');
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'on-the-wire-nginx-'));
  const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    join(folder, 'nginx.conf'),
    `daemon off; ${reloads ? MASTER : 'master_process off;'} pid ${folder}/pid; error_log stderr notice;
    events {}
    http {
      access_log off;
      ${kept.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      ${server(port)}
    }`,
  );
  const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  const nginx = start(program, args);
  onTestFinished(async () => {
    await nginx.end(reloads ? 'SIGTERM' : 'SIGKILL'); // also after a test that ran out of time
    await rm(folder, { recursive: true });
  });
  await nginx.line(/using the ".*" event method/); // by then it listens
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    /** Starts new workers; the old ones have a moment to end what they carry. */
    async reload() {
      const before = nginx.lines.length;
      process.kill(nginx.pid, 'SIGHUP');
      await nginx.line(/worker process \d+ exited/, before);
    },
    end: () => nginx.end(reloads ? 'SIGTERM' : 'SIGKILL'),
  };
}
