// What the benches of several processes share: a clock, children, and how figures are printed.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** ms of the machine's monotonic clock, which is the same for all of its processes. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** Seconds of CPU that this process has used. */
export function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The value below which `part` of the values lie. */
export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? NaN;
}

export const median = (values) => quantile(values, 0.5);
export const sum = (values) => values.reduce((all, value) => all + value, 0);

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

/** A file of bench/ as a process of its own, which ends with this one. */
export function startChild(file, { args = [], env = {}, hear = () => {} } = {}) {
  const child = fork(pathOf(file), args, { env: { ...process.env, ...env } });
  child.on('message', (message) => 'told' in message && hear(message.told));
  return asked(file, child, {
    say: (question) => child.send(question),
    leave: () => child.disconnect(),
  });
}

/** The same for a file in Python: there questions and answers are lines of JSON. */
export function startPythonChild(python, file, { args = [] } = {}) {
  const child = spawn(python, [pathOf(file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  createInterface(child.stdout).on('line', (line) => child.emit('message', JSON.parse(line)));
  return asked(file, child, {
    say: (question) => child.stdin.write(`${JSON.stringify(question)}\n`),
    leave: () => child.stdin.end(),
  });
}

function asked(file, child, { say, leave }) {
  let ended = false;
  child.on('exit', (code, signal) => {
    if (!ended) throw new Error(`${file} ended by itself: ${signal ?? code}`);
  });
  return {
    pid: child.pid,
    /** Has it do one thing; resolves with its answer. */
    async ask(task, words) {
      const id = Math.random();
      say({ id, task, words });
      for (;;) {
        const [message] = await once(child, 'message');
        if (message.id === id) return message.answer;
      }
    },
    async end() {
      ended = true;
      const exited = once(child, 'exit');
      leave();
      await exited;
    },
  };
}

/** In a child: does what it is asked, one function a task, until its parent is gone. */
export function answer(tasks) {
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, task, words }) => {
    process.send({ id, answer: await tasks[task](words) });
  });
}

/** In a child: tells its parent something that it has not asked for. */
export const tell = (told) => process.send({ told });

/** Prints rows of texts and numbers, each column as wide as it must be. */
export function printTable(rows) {
  const texts = rows.map((row) => row.map(String));
  const widths = texts[0].map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  for (const row of texts)
    console.log(
      row
        .map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0])))
        .join('  ')
        .trimEnd(),
    );
}

/** A number with three figures. */
export const figures = (value) =>
  value >= 100
    ? Math.round(value).toLocaleString('en')
    : value.toFixed(value >= 10 ? 1 : value >= 0.0995 ? 2 : 3);

export const ratio = (value, base) => `×${figures(value / base)}`;
