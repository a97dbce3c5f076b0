import { type Said, SOON, soon, Unexpected } from './claim.ts';

/** A WebSocket for a check: it remembers the texts that came. */
export interface Socket {
  /** Rejects with Unexpected where it was closed instead, or nothing happened. */
  opened: Promise<void>;
  readonly texts: readonly string[];
  /** Whether it has ever been open. */
  readonly wasOpen: boolean;
  /**
   * Resolves with what came when `enough` of it is true, or when it is too late for more. Throws
   * Unexpected, with what was `expected`, where the server closed instead.
   */
  until(enough: (texts: readonly string[]) => boolean, expected: Said): Promise<readonly string[]>;
  /** How it was closed; undefined where it soon is not. */
  ended(): Promise<Ended | undefined>;
  send(content: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type Ended = Pick<CloseEvent, 'code' | 'wasClean'>;

/** Opens a WebSocket at a path of a server; it closes with the check. */
export function openSocket(server: string, path: string, signal: AbortSignal): Socket {
  const socket = new WebSocket(server.replace(/^http/, 'ws') + path);
  socket.binaryType = 'arraybuffer';
  const texts: string[] = [];
  const checks = new Set<() => void>();
  let wasOpen = false;
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Ended>();
  const expected: Said = ['claim.open', { path }];
  const late = setTimeout(() => {
    opened.reject(new Unexpected(expected, ['claim.open.never', { seconds: SOON / 1000 }]));
  }, SOON);
  opened.promise.catch(() => {});
  socket.onopen = () => {
    clearTimeout(late);
    wasOpen = true;
    opened.resolve();
  };
  socket.onclose = ({ code, wasClean }) => {
    clearTimeout(late);
    closed.resolve({ code, wasClean });
    opened.reject(new Unexpected(expected, ['claim.open.came', { code }]));
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    texts.push(typeof data === 'string' ? data : `ArrayBuffer(${data.byteLength})`);
    for (const check of [...checks]) check();
  };
  signal.addEventListener('abort', () => socket.close());

  return {
    opened: opened.promise,
    texts,
    get wasOpen() {
      return wasOpen;
    },
    async until(enough, what) {
      const came = Promise.withResolvers<void>();
      const check = () => {
        if (enough(texts)) came.resolve();
      };
      checks.add(check);
      check();
      const end = await soon(Promise.race([came.promise, closed.promise]));
      checks.delete(check);
      if (end && !enough(texts))
        throw new Unexpected(what, ['claim.text.closed', { code: end.code, texts: told(texts) }]);
      return [...texts];
    },
    ended: () => soon(closed.promise),
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

/** Texts in a row, for a verdict, each of them by its beginning. */
export const told = (texts: readonly string[]) =>
  texts.map((text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text)).join(', ') || '–';
