import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { djangoCommand } from './django-command.ts';
import type { LayerName } from './layers.ts';
import type { Launched } from './member-process.ts';

const PROGRAM = fileURLToPath(new URL('daphne_member.py', import.meta.url));
const PYTHONS = ['/usr/bin/python3', 'python3'];
const NEEDED = 'import channels, channels_redis.pubsub, daphne, django';

/** The Python that can run the Django project, or undefined; it takes a second to look. */
export async function findDjango(): Promise<string | undefined> {
  for (const python of PYTHONS) if (await runs(python, NEEDED)) return python;
  return undefined;
}

/** The Django project with one channel layer, under Daphne. Its standard input is our hold on it. */
export function launchDjango(
  python: string,
  layer: LayerName,
  environment: Record<string, string>,
): Launched {
  const { args, env } = djangoCommand();
  const child = spawn(python, [PROGRAM, ...args.slice(2)], {
    env: { ...environment, ...env, CHANNEL_LAYER: layer, ALLOWED_HOSTS: '*' },
    detached: true, // a Ctrl-C in the terminal is for us
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.on('error', () => undefined); // it has ended
  const ports = new Promise<Record<string, number>>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      const port = /Listening on TCP address [\d.]+:(\d+)/.exec(line)?.[1];
      if (port) resolve({ [layer]: Number(port) });
    });
  });
  return { child, ports, stop: () => child.kill() };
}

const runs = (python: string, code: string) =>
  new Promise<boolean>((resolve) => {
    execFile(python, ['-c', code], { timeout: 20_000 }, (error) => resolve(!error));
  });
