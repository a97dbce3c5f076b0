import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { findChromium } from '../../scripts/test-tools.mjs';
import { childrenOf } from './children.ts';
import { start } from './program.ts';

/**
 * A browser that is spoken to by the Chrome DevTools Protocol alone. Playwright keeps every page in
 * sight, as if it were looked at; here one can be hidden, frozen, or halted with its browser.
 */
export async function startBrowser() {
  const profile = await mkdtemp(join(tmpdir(), 'on-the-wire-browser-'));
  const program = start(findChromium() ?? 'chromium', [
    '--headless=new',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    'about:blank',
  ]);
  const line = await program.line(/DevTools listening on ws:/);
  const devtools = (/ws:\/\/([^/]+)/.exec(line)?.[1] ?? '').replace(/^/, 'http://');
  const ask = async (path: string) =>
    (await (await fetch(devtools + path, { method: 'PUT' })).json()) as Target;
  return {
    open: async (url: string) => openPage(await ask(`/json/new?${url}`)),
    /** Stops or continues all of its processes, as a machine does that sleeps. */
    signal(signal: 'SIGSTOP' | 'SIGCONT') {
      for (const pid of familyOf(program.pid)) process.kill(pid, signal);
    },
    async [Symbol.asyncDispose]() {
      await program.end('SIGKILL');
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Target {
  webSocketDebuggerUrl: string;
}

const familyOf = (pid: number): number[] => [
  pid,
  ...childrenOf(pid).flatMap((child) => familyOf(child.pid)),
];

interface Answer {
  id?: number;
  error?: { message: string };
  result?: { result?: { value?: unknown }; exceptionDetails?: { text: string } };
}

async function openPage({ webSocketDebuggerUrl }: Target) {
  const socket = new WebSocket(webSocketDebuggerUrl);
  await once(socket, 'open');
  const asked = new Map<number, (answer: Answer) => void>();
  socket.on('message', (data: Buffer) => {
    const answer = JSON.parse(data.toString()) as Answer;
    asked.get(answer.id ?? 0)?.(answer);
  });
  let last = 0;
  const send = async (method: string, params: object = {}) => {
    const id = (last += 1);
    const answered = new Promise<Answer>((resolve) => asked.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { error, result } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  };
  return {
    /** The value of an expression in the page; a promise is awaited. */
    async evaluate(expression: string): Promise<unknown> {
      const params = { expression, returnByValue: true, awaitPromise: true };
      const answer = await send('Runtime.evaluate', params);
      if (answer?.exceptionDetails) throw new Error(answer.exceptionDetails.text);
      return answer?.result?.value;
    },
    bringToFront: () => send('Page.bringToFront'),
    /** Frozen, none of its tasks is run any more. */
    freeze: () => send('Page.setWebLifecycleState', { state: 'frozen' }),
    thaw: () => send('Page.setWebLifecycleState', { state: 'active' }),
  };
}
