import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A file of tests/support/ as a process of its own, which ends with the test; see answer(). */
export function startChild(file: string) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: [] });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let asked = 0;
  return {
    /** Has it do one thing; resolves with its answer, rejects with what it threw, or if it ends. */
    async ask(task: string, words: object = {}): Promise<unknown> {
      const id = (asked += 1);
      child.send({ id, task, words });
      const answered = new Promise<Answer>((resolve) => {
        const hear = (message: unknown) => {
          const answer = message as Answer;
          if (answer.id !== id) return;
          child.off('message', hear);
          resolve(answer);
        };
        child.on('message', hear);
      });
      const ended = exited.then(() => ({ failed: `${file} ended by itself.`, value: undefined }));
      const { failed, value } = await Promise.race([answered, ended]);
      if (failed !== undefined) throw new Error(failed);
      return value;
    },
  };
}

interface Answer {
  id: number;
  failed?: string;
  value?: unknown;
}
