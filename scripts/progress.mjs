import { spawn } from 'node:child_process';

/**
 * Runs a command quietly and says how far it is: on a terminal in one line that is rewritten each
 * second, elsewhere in a line every five seconds. What it printed is shown only if it fails.
 * @returns {Promise<number>} its exit code
 */
export function progress(label, command, args, { env = process.env, detail, onLine } = {}) {
  const started = Date.now();
  const printed = [];
  const live = process.stdout.isTTY;
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const say = (words) => process.stdout.write(live ? `\r\x1b[2K${words}` : `${words}\n`);

  say(`${label} …`);
  const timer = setInterval(
    () => say(`${label} … ${[seconds(), detail?.()].filter(Boolean).join(' · ')}`),
    live ? 1000 : 5000,
  );
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.once(signal, stop);
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      for (const line of text.split('\n')) {
        onLine?.(line);
        if (line.trim()) printed.push(line);
      }
    });
  return new Promise((resolve) => {
    const end = (code, words = []) => {
      clearInterval(timer);
      for (const signal of signals) process.off(signal, stop);
      say(code === 0 ? `${label}: done in ${seconds()}` : `${label}: failed after ${seconds()}`);
      if (live) process.stdout.write('\n');
      if (code !== 0) console.error([...printed, ...words].slice(-25).join('\n'));
      resolve(code);
    };
    child.on('error', (error) => end(1, [error.message]));
    child.on('close', (code, signal) => (signal ? process.exit(130) : end(code ?? 1)));
  });
}
