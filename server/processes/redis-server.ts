import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';

/** A Redis that this process started; it ends with this process, however that ends. */
export interface RedisServer {
  readonly url: string;
  /** Of the program that runs now, or ran last. */
  readonly pid: number;
  /** Whether the program runs; one that is paused does. */
  readonly running: boolean;
  /** Halts it as if it hung (SIGSTOP), and resolves when it goes on (SIGCONT). */
  pause(ms: number): Promise<void>;
  /** Kills it (SIGKILL) and starts an empty one on the same port. */
  restart(): Promise<void>;
  /** Kills it; resolves when it is gone. */
  stop(): Promise<void>;
}

const USUAL = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/usr/sbin', '/usr/local/sbin'];

/** The program `redis-server` on the PATH or in a usual place, or undefined. */
export function findRedisServer(path = process.env['PATH'] ?? ''): string | undefined {
  return [...path.split(delimiter), ...USUAL]
    .filter(Boolean)
    .map((folder) => join(folder, 'redis-server'))
    .find(isProgram);
}

/**
 * Starts a Redis on a free port of loopback, with nothing on disk and 64 MB at most. Resolves when
 * it accepts connections; rejects with a sentence where it cannot.
 */
export async function startRedisServer(program = findRedisServer()): Promise<RedisServer> {
  if (program === undefined)
    throw new Error(
      'There is no redis-server on this machine: install it, or set REDIS_URL to a Redis that runs.',
    );
  const port = await freePort();
  let child = await launch(program, port);
  let stopped = false;
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    get running() {
      return isRunning(child);
    },
    async pause(ms) {
      const paused = child;
      paused.kill('SIGSTOP');
      await after(ms, undefined, { ref: false });
      paused.kill('SIGCONT');
    },
    async restart() {
      await kill(child);
      if (stopped) return;
      child = await launch(program, port);
      if (stopped) await kill(child);
    },
    async stop() {
      stopped = true;
      await kill(child);
    },
  };
}

/** ms in which it must be ready. */
const DEADLINE = 10_000;

/**
 * What becomes redis-server. The part in braces reads from us: nothing more to come means that we
 * are gone, and it kills what its shell became. A line means that this is over already.
 */
const GUARDED = '{ read -r line || kill -9 $$; } <&3 & exec "$@" 3<&-';

async function launch(program: string, port: number): Promise<ChildProcess> {
  const options = {
    bind: '127.0.0.1',
    port: String(port),
    save: '',
    appendonly: 'no',
    maxmemory: '64mb',
    'maxmemory-policy': 'noeviction',
    daemonize: 'no',
    logfile: '',
    loglevel: 'notice',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('sh', ['-c', GUARDED, 'sh', program, ...args], {
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    detached: true, // a Ctrl-C in the terminal is for us
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const guard = child.stdio[3];
  if (!(guard instanceof Writable) || !child.stdout) throw new Error('A pipe is missing.');
  guard.on('error', () => undefined);
  child.once('exit', () => guard.end('\n'));
  const ready = readiness(child, createInterface(child.stdout));
  try {
    await ready;
  } catch (error) {
    await kill(child);
    throw error;
  }
  return child;
}

/** Resolves when it says that it is ready; rejects with its last words when it ends before. */
function readiness(child: ChildProcess, lines: Interface): Promise<void> {
  return new Promise((resolve, reject) => {
    let last = 'it ended at once';
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`redis-server cannot start: ${why}.`));
    };
    const timer = setTimeout(fail, DEADLINE, `it was not ready within ${DEADLINE / 1000} s`);
    lines.on('line', (line) => {
      if (line.trim()) last = line.replace(/^.*? [#*] /, '').replace(/\.$/, '');
      if (!line.includes('Ready to accept connections')) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('error', ({ message }) => fail(message));
    child.once('close', () => fail(last));
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

const isRunning = ({ pid, exitCode, signalCode }: ChildProcess) =>
  pid !== undefined && exitCode === null && signalCode === null;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
