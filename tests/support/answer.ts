type Task = (words: Record<string, string | number>) => unknown;

/** In a child: does what it is asked, one function a task, until its parent is gone. */
export function answer(tasks: Record<string, Task>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message: { id: number; task: string; words: Parameters<Task>[0] }) => {
    const { id, task, words } = message;
    const send = (said: object) => process.send?.({ id, ...said });
    void (async () => tasks[task]?.(words))().then(
      (value) => send({ value }),
      (error: unknown) => send({ failed: String(error) }),
    );
  });
}
