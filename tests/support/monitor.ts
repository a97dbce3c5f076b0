import { createConnection } from 'node:net';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type { Redis } from './redis.ts';

/** What Redis is asked from now on, command by command (MONITOR); what scripts call is left out. */
export interface Monitor {
  /** The commands since the last time, the arguments as Redis prints them, without quotes. */
  commands(): Promise<string[][]>;
  /** Resolves when a command has come, since the monitor began, that matches when joined by spaces. */
  saw(pattern: RegExp): Promise<string[]>;
  /** As `saw`, of those that came after the last that `next` gave. */
  next(pattern: RegExp): Promise<string[]>;
}

export async function monitor({ port }: Redis): Promise<Monitor> {
  const socket = createConnection(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  const seen: string[][] = [];
  let taken = 0;
  let text = '';
  const waiting = new Set<() => void>();
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\r\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const command = /^\+[\d.]+ \[\d+ (?!lua)[^\]]*\] (.*)$/s.exec(line)?.[1];
      if (!command) continue;
      const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word ?? '');
      seen.push([words[0]?.toUpperCase() ?? '', ...words.slice(1)]); // what it is called differs in case
    }
    for (const check of waiting) check();
  });
  const saw = (pattern: RegExp, from = 0) =>
    new Promise<string[]>((resolve) => {
      const check = () => {
        const found = seen.slice(from).find((command) => pattern.test(command.join(' ')));
        if (!found) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  await once(socket, 'connect');
  socket.write('MONITOR\r\n');
  await once(socket, 'data');
  let asked = 0;
  let given = 0;
  return {
    saw,
    async next(pattern) {
      const command = await saw(pattern, given);
      given = seen.indexOf(command) + 1;
      return command;
    },
    // What comes after a question has been answered was asked after it.
    async commands() {
      const mark = `monitor-${port}-${(asked += 1)}`;
      const other = createConnection(port, '127.0.0.1');
      other.write(`ECHO ${mark}\r\n`);
      await saw(new RegExp(`^ECHO ${mark}$`, 'i'), taken);
      other.destroy();
      const commands = seen.slice(taken).filter(([name]) => !isOurs(name ?? ''));
      taken = seen.length;
      return commands;
    },
  };
}

/** Commands of the connections themselves, and of this monitor. */
const isOurs = (name: string) => /^(ECHO|PING|HELLO|CLIENT|AUTH|SELECT)$/i.test(name);
