import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { findPython } from '../../scripts/test-tools.mjs';

const program = new URL('./channels_redis_peer.py', import.meta.url).pathname;

/** A process of Python with a layer of channels_redis; `ask` resolves with what a call returned. */
export async function startPeer(kind: 'core' | 'pubsub', url: string) {
  const python = findPython();
  if (!python)
    throw new Error('There is no channels_redis: "npm run test:unit" installs it, or says how.');
  const child = spawn(python, [program, kind, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const asked = new Map<number, (answer: unknown) => void>();
  let last = 0;
  const answerTo = (id: number) => new Promise<unknown>((resolve) => asked.set(id, resolve));
  createInterface(child.stdout).on('line', (line) => {
    const { id, ...answer } = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    asked.get(id)?.(answer);
    asked.delete(id);
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await Promise.race([
    answerTo(0),
    exited.then(() => Promise.reject(new Error('The Python program ended.'))),
  ]);
  return {
    async ask(...command: unknown[]): Promise<unknown> {
      const id = (last += 1);
      const answered = answerTo(id);
      child.stdin.write(`${JSON.stringify([id, command])}\n`);
      const answer = (await answered) as { result?: unknown; error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.result;
    },
  };
}
