// The servers that the benches compare, each a process of its own on the first core, and what the
// operating system says of them.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sum } from './measure.mjs';

const folder = fileURLToPath(new URL('./servers/', import.meta.url));

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const flags = scripts.start.match(/--max-\S+/g) ?? [];

/** A companion without bounds that a bench would meet. */
const UNBOUND = {
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'error',
  REDIS_URL: '',
  CHANNEL_LAYER: '',
  MAX_CONNECTIONS: '100000',
  MAX_CONNECTIONS_PER_ADDRESS: '100000',
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  ROOM_READERS: '20000',
};

/** What bench/servers needs beside the project's own packages. */
export function installServers() {
  if (existsSync(`${folder}node_modules`)) return;
  console.log('Installing what is compared …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
}

/** Pins a command to a core where the system can: the load has the other. */
const onCore = (core, command) =>
  existsSync('/usr/bin/taskset') ? ['taskset', '-c', String(core), ...command] : command;

/** Pins this machine's other core to a process of the bench's own. */
export function pinLoad(pid) {
  if (existsSync('/usr/bin/taskset'))
    execFileSync('taskset', ['-a', '-p', '-c', '1', String(pid)], { stdio: 'ignore' });
}

/** A file of bench/servers, run by our Node with these flags; its first message is its port. */
export async function startNode(file, env = {}, flags = []) {
  const [command, ...args] = onCore(0, [process.execPath, ...flags, `${folder}${file}`]);
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ port }] = await once(child, 'message');
  return {
    ...processOf(child, port),
    /** Collects its garbage, where it was started with `--expose-gc`. */
    async collect() {
      child.send('collect');
      await once(child, 'message');
    },
    /** ms of the longest time that its event loop was not seen, since the last question. */
    async blocked() {
      child.send('blocked');
      return (await once(child, 'message'))[0].blocked;
    },
  };
}

/** With the flags of "npm start", and more. */
export const startOurs = (env, more = []) =>
  startNode('ours.mjs', { ...UNBOUND, ...env }, [...flags, ...more]);

/** Daphne with servers/django_channels.py. */
export async function startDaphne(redisUrl) {
  const command = [
    'daphne',
    '-b',
    '127.0.0.1',
    '-p',
    '0',
    '--verbosity',
    '1',
    'django_channels:application',
  ];
  const [name, ...args] = onCore(0, command);
  const child = spawn(name, args, {
    cwd: folder,
    env: { ...process.env, REDIS_URL: redisUrl, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const line of createInterface(child.stderr)) {
    const port = /Listening on TCP address 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (!port) continue;
    child.stderr.resume();
    return processOf(child, Number(port));
  }
  throw new Error('Daphne did not start: install Debian’s daphne and python3-channels-redis.');
}

/** ns on a CPU, of one thread. */
const cpuOf = (schedstat) => Number(readFileSync(schedstat, 'utf8').split(' ')[0]);

function processOf(child, port) {
  child.once('exit', (code, signal) => {
    if (!ended) throw new Error(`${child.spawnargs.join(' ')} ended by itself: ${signal ?? code}`);
  });
  let ended = false;
  return {
    port,
    /** Seconds of CPU it has used, all of its threads, to the nanosecond. */
    cpu() {
      const tasks = readdirSync(`/proc/${child.pid}/task`);
      return sum(tasks.map((task) => cpuOf(`/proc/${child.pid}/task/${task}/schedstat`))) / 1e9;
    },
    /** KiB of its resident memory. */
    resident: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]),
    async end() {
      ended = true;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}
