import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of the project's, as a process of its own. */
export interface Program extends AsyncDisposable {
  pid: number;
  /** All that it has printed so far, line by line. */
  lines: string[];
  /** Resolves with the first line that matches, of those from `from` on; rejects if the program ends before. */
  line(pattern: RegExp, from?: number): Promise<string>;
  /** Sends a signal and resolves with the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  exited: Promise<number | null>;
}

/** Our own environment, without what the test runner put into it. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) =>
      !/^(VITEST|NODE_(?!COMPILE_CACHE$)|TEST$|DEV$|PROD$|MODE$|BASE_URL$|SSR$|FORCE_COLOR$)/.test(
        name,
      ),
  ),
);

/** Starts a program by the command of a shell's words; ends it with the scope. */
export function start(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Program {
  const child = spawn(command, args, {
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      for (const check of waiting) check();
    });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  exited.catch(() => undefined);

  const end = (signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode === null) child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid ?? 0,
    lines,
    exited,
    end,
    line: (pattern, from = 0) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.slice(from).find((line) => pattern.test(line));
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
        void exited.then(() => reject(new Error(`It ended first:\n${lines.join('\n')}`)));
      }),
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

interface HowToStart {
  /** Options of Node's own. */
  options?: readonly string[];
  /** How many files it may open. */
  openFiles?: number;
}

/** The built site and the companion, as `npm start` runs them, on a free port. */
export async function startServer(
  env: Record<string, string> = {},
  { options = [], openFiles }: HowToStart = {},
) {
  const words = [process.execPath, ...options, 'server/main.ts'];
  const limited = ['sh', '-c', `ulimit -n ${openFiles} && exec "$@"`, 'sh', ...words];
  const [command = '', ...args] = openFiles === undefined ? words : limited;
  const program = start(command, args, { PORT: '0', ...env });
  const line = await program.line(/^On the Wire: http/);
  const url = /http:\/\/[^/]+/.exec(line)?.[0] ?? '';
  return { ...program, url };
}
