import { connect, type Socket } from 'node:net';
import { encodeFrame, OPCODES } from '../../src/protocol/frame.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const NOTHING = Buffer.alloc(0);
/** Nobody is to be kept from guessing it: it only has to be there. */
const MASK = new Uint8Array(4);

export interface LightReader {
  port: number;
  path: string;
  /** It has connected; the handshake is not made yet. */
  connected?: () => void;
  /** A text came: these bytes of the buffer, good until it returns. */
  text: (bytes: Buffer, from: number, to: number) => void;
  /** It is over: with the code of the server's close frame, or undefined where none came. */
  over: (code: number | undefined) => void;
}

/** A WebSocket that only reads, and costs little: thousands of them fit into one process. */
export function openLight({ port, path, connected, text, over }: LightReader): Socket {
  let upgraded = false;
  let rest: Buffer = NOTHING;
  let code: number | undefined;

  /** Takes all that is whole, and returns what is not. */
  const take = (bytes: Buffer): Buffer => {
    let from = 0;
    if (!upgraded) {
      const head = bytes.indexOf('\r\n\r\n');
      if (head < 0) return bytes;
      upgraded = bytes.subarray(0, head).includes(' 101 ');
      if (!upgraded) socket.destroy();
      from = head + 4;
    }
    while (from + 4 <= bytes.length || (from + 2 <= bytes.length && bytes[from + 1] === 0)) {
      const short = bytes[from + 1] ?? 0;
      const begin = from + (short === 126 ? 4 : 2);
      const to = begin + (short === 126 ? bytes.readUInt16BE(from + 2) : short);
      if (to > bytes.length) break;
      frame((bytes[from] ?? 0) & 0x0f, bytes, begin, to);
      from = to;
    }
    return bytes.subarray(from);
  };
  const frame = (opcode: number, bytes: Buffer, from: number, to: number) => {
    if (opcode === OPCODES.text) return text(bytes, from, to);
    const payload = Uint8Array.from(bytes.subarray(from, to));
    if (opcode === OPCODES.close) code = bytes.readUInt16BE(from);
    const back = opcode === OPCODES.ping ? OPCODES.pong : OPCODES.close;
    socket.write(encodeFrame({ fin: true, opcode: back, payload, mask: MASK }));
  };

  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
    connected?.();
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    );
  });
  socket.on('data', (chunk: Buffer) => {
    rest = take(rest.length ? Buffer.concat([rest, chunk]) : chunk);
  });
  socket.on('error', () => undefined); // “close” follows
  socket.on('close', () => over(code));
  return socket;
}
