import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { handshake } from '../channels/support.ts';

/**
 * A client's frame (RFC 6455 §5.2), good or bad: its first byte is given as it is. The mask is four
 * zeros, so that the payload is what it looks like; without, the frame is one that no client sends.
 */
export function rawFrame(first: number, payload: Uint8Array | string = '', masked = true): Buffer {
  const bytes = Buffer.from(payload);
  const mask = masked ? 0x80 : 0;
  const long = bytes.length > 0xffff ? 8 : bytes.length > 125 ? 2 : 0;
  const length = Buffer.alloc(long);
  if (long === 8) length.writeBigUInt64BE(BigInt(bytes.length));
  if (long === 2) length.writeUInt16BE(bytes.length);
  const short = long === 8 ? 127 : long === 2 ? 126 : bytes.length;
  const key = Buffer.alloc(masked ? 4 : 0);
  return Buffer.concat([Buffer.of(first, mask | short), length, key, bytes]);
}

/** The payload of a close frame. */
export function closePayload(code: number, reason: Uint8Array | string = ''): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason)]);
}

/** A WebSocket that is spoken by hand: what it writes need not be one. */
export async function openRaw(port: number, path: string) {
  const socket = handshake(port, path);
  const [head] = (await once(socket, 'data')) as [Buffer];
  if (!head.toString().startsWith('HTTP/1.1 101 ')) throw new Error(head.toString());
  return socket;
}

/** The close frame that a server sends (alone, or after others), or undefined when it just drops. */
export async function serverCloses(
  socket: Awaited<ReturnType<typeof openRaw>>,
): Promise<{ code: number; reason: string } | undefined> {
  let waiting = Buffer.alloc(0);
  for await (const chunk of socket) {
    waiting = Buffer.concat([waiting, chunk as Buffer]);
    for (;;) {
      const frame = firstFrame(waiting);
      if (!frame) break;
      if (frame.first === 0x88)
        return { code: frame.payload.readUInt16BE(), reason: frame.payload.toString('utf8', 2) };
      waiting = waiting.subarray(frame.length);
    }
  }
  return undefined;
}

function firstFrame(bytes: Buffer) {
  const [first, short = 0] = bytes;
  if (first === undefined || bytes.length < 2) return undefined;
  const head = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < head) return undefined;
  const size =
    head === 10 ? Number(bytes.readBigUInt64BE(2)) : head === 4 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < head + size) return undefined;
  return { first, payload: bytes.subarray(head, head + size), length: head + size };
}

/** A well-behaved client that keeps all that it hears. */
export async function openClient(port: number, path: string, options: ClientOptions = {}) {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, options);
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const check = () => waiting.forEach((one) => one());
  ws.on('message', (data: Buffer) => {
    heard.push(data.toString());
    check();
  });
  ws.on('close', check);
  await once(ws, 'open');
  return {
    ws,
    heard,
    /** Resolves with the first text that holds `part`; rejects when the connection ends before. */
    hears: (part: string) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = heard.find((text) => text.includes(part));
          if (found === undefined && ws.readyState === WebSocket.OPEN) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`It ended, and had not heard "${part}".`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
    [Symbol.dispose]: () => ws.terminate(),
  };
}
export type Client = Awaited<ReturnType<typeof openClient>>;
