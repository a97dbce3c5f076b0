import { onTestFinished } from 'vitest';
import { findRedis } from '../../scripts/test-tools.mjs';
import { freePort } from './free-port.ts';
import { start } from './program.ts';

/** A Redis of one's own, which by itself keeps nothing. */
export interface Redis {
  readonly url: string;
  readonly port: number;
  /** Changes when it is started again. */
  readonly pid: number;
  /** Lets it hang: its connections stay, and nothing is answered. */
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  /** After `kill`: on the same port, with what it has on disk, usually nothing. */
  startAgain(): Promise<void>;
  end(): Promise<void>;
}

/** A real Redis on a free port; its caller ends it. `args` are more of its options. */
export async function startRedis(...args: string[]): Promise<Redis> {
  const program = findRedis();
  if (!program) throw new Error('There is no Redis: "npm run test:unit" installs it, or says how.');
  const port = await freePort();
  const usual = `--bind 127.0.0.1 --port ${port} --appendonly no --save`.split(' ');
  const run = async () => {
    const redis = start(program, [...usual, '', ...args]);
    await redis.line(/Ready to accept connections/);
    return redis;
  };
  let redis = await run();
  const kill = async () => void (await redis.end('SIGKILL'));
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return redis.pid;
    },
    pause: () => void process.kill(redis.pid, 'SIGSTOP'),
    resume: () => void process.kill(redis.pid, 'SIGCONT'),
    kill,
    startAgain: async () => void (redis = await run()),
    end: kill,
  };
}

/** As `startRedis`, for one test, which ends it. */
export async function redisOfTest(...args: string[]): Promise<Redis> {
  const redis = await startRedis(...args);
  onTestFinished(() => redis.end());
  return redis;
}
