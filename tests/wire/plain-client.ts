import { execFile } from 'node:child_process';
import { connect, type TcpSocketConnectOpts } from 'node:net';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

/** A TCP connection that says what comes, and how it ended. */
export function openPlain(port: number, options: Partial<TcpSocketConnectOpts> = {}) {
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
    ...options,
  });
  const chunks: Buffer[] = [];
  const checks = new Set<() => void>();
  const check = () => checks.forEach((one) => one());
  const seen = { endedAt: 0, closed: undefined as string | undefined };
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    check();
  });
  socket.on('end', () => {
    seen.endedAt = performance.now();
    check();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => (seen.closed = error.code ?? error.message));
  socket.on('close', () => {
    seen.closed ??= 'FIN';
    check();
  });
  onTestFinished(() => void socket.destroy());
  const bytes = () => Buffer.concat(chunks);
  const until = <Value>(find: () => Value | undefined, what: string) =>
    new Promise<Value>((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined && seen.closed === undefined) return;
        checks.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`It closed before ${what}; it got ${bytes().toString('latin1')}`));
      };
      checks.add(look);
      look();
    });
  return {
    socket,
    bytes,
    text: () => bytes().toString('latin1'),
    write: (data: string | Buffer) => socket.write(data),
    /** Resolves when this has come. */
    gets: (part: string) =>
      until(() => (bytes().includes(part) ? bytes().toString('latin1') : undefined), part),
    /** Resolves when so many bytes have come. */
    has: (many: number) =>
      until(() => (bytes().length >= many ? bytes() : undefined), `${many} bytes`),
    /** Resolves when the server's FIN has come. */
    ends: () => until(() => seen.endedAt || undefined, 'its end'),
    /** Resolves with "FIN", or the code of the error. */
    closes: () => until(() => seen.closed, 'it closed'),
  };
}

const run = promisify(execFile);

/** What curl writes about one exchange, or the code with which it fails; `input` is its stdin. */
export async function curl(options: readonly string[], input?: Uint8Array) {
  const asked = run('curl', ['-sS', '--max-time', '15', ...options]);
  asked.child.stdin?.end(input);
  try {
    return { out: (await asked).stdout, exit: 0 };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return { out: '', exit: Number(error.code) };
  }
}

/** Milliseconds that curl measures, from before it connects until all has come; the body goes up. */
export async function curlTime(url: string, body?: Uint8Array): Promise<number> {
  const upload = body ? ['--data-binary', '@-', '-H', 'Expect:'] : [];
  const { out, exit } = await curl(
    ['-o', '/dev/null', '-w', '%{time_total}', ...upload, url],
    body,
  );
  if (exit !== 0) throw new Error(`curl failed with ${exit}`);
  return Number(out) * 1_000;
}

export const request = (line: string, headers: Record<string, string> = {}) =>
  `${line} HTTP/1.1\r\nHost: here\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;
