import { Unexpected } from './claim.ts';

/** A WebSocket for a check: it remembers the texts that came. */
export interface Socket {
  /** Rejects with Unexpected where it was closed instead. */
  opened: Promise<void>;
  closed: Promise<{ code: number; reason: string; wasClean: boolean }>;
  readonly texts: readonly string[];
  /** Whether it has ever been open. */
  readonly wasOpen: boolean;
  /** Resolves when `enough` of the texts is true; throws Unexpected where it never is. */
  until(enough: (texts: readonly string[]) => boolean, what: string): Promise<readonly string[]>;
  send(content: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

/** ms after which a text that has not come is missing. */
const PATIENCE = 3_000;

/** Opens a WebSocket at a path of a server; it closes with the check. */
export function openSocket(server: string, path: string, signal: AbortSignal): Socket {
  const socket = new WebSocket(server.replace(/^http/, 'ws') + path);
  socket.binaryType = 'arraybuffer';
  const texts: string[] = [];
  const checks = new Set<() => void>();
  let wasOpen = false;
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<{ code: number; reason: string; wasClean: boolean }>();
  opened.promise.catch(() => {});
  socket.onopen = () => {
    wasOpen = true;
    opened.resolve();
  };
  socket.onclose = ({ code, reason, wasClean }) => {
    closed.resolve({ code, reason, wasClean });
    opened.reject(new Unexpected(['claim.open', { path }], ['claim.open.came', { code }]));
  };
  socket.onmessage = ({ data }) => {
    texts.push(String(data));
    for (const check of [...checks]) check();
  };
  signal.addEventListener('abort', () => socket.close());

  return {
    opened: opened.promise,
    closed: closed.promise,
    texts,
    get wasOpen() {
      return wasOpen;
    },
    until(enough, what) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          checks.delete(check);
          const came = ['claim.text.never', { seconds: PATIENCE / 1000 }] as const;
          reject(new Unexpected(['claim.text', { text: what }], came));
        }, PATIENCE);
        const check = () => {
          if (!enough(texts)) return;
          clearTimeout(timer);
          checks.delete(check);
          resolve(texts);
        };
        checks.add(check);
        check();
      });
    },
    send: (content) => socket.send(content),
    close: (code, reason) => (code === undefined ? socket.close() : socket.close(code, reason)),
  };
}

/** Several open sockets. */
export async function openSockets(
  server: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Socket[]> {
  const sockets = paths.map((path) => openSocket(server, path, signal));
  await Promise.all(sockets.map(({ opened }) => opened));
  return sockets;
}
