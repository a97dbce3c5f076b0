// A process of WebSocket readers that cost little: they look at no more of a frame than its length,
// and at the number that ends a message's text. Tells its parent when all of its readers have one.
import { connect } from 'node:net';
import { answer, cpu, now, tell } from './measure.mjs';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** Handshakes at a time. */
const AT_ONCE = 50;
/** What follows the number in `…00000042","at":1764000000000}`. */
const AFTER_NUMBER = '","at":1764000000000}'.length;
const DIGITS = 8;
/** Each text begins with `{`; `{"after"` is where a reader begins, `{"id"` a message. */
const BRACE = '{'.charCodeAt(0);
const LETTER_A = 'a'.charCodeAt(0);
const NOTHING = Buffer.alloc(0);
/** One for all sockets: what is read into it is taken before the next is read. */
const buffer = Buffer.alloc(65_536);

let sockets = [];
/** By the message's number: how many readers have it. */
let readers = new Map();

const upgrade = (path) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;

/** A reader; resolves when it has been told where it begins. */
function open({ port, path }) {
  return new Promise((resolve, reject) => {
    let upgraded = false;
    let rest = NOTHING;
    /** Takes all that is whole, and returns what is not. */
    const take = (bytes) => {
      let from = 0;
      if (!upgraded) {
        const head = bytes.indexOf('\r\n\r\n');
        if (head < 0) return bytes;
        if (!bytes.latin1Slice(0, head).includes(' 101 ')) reject(new Error(bytes.toString()));
        upgraded = true;
        from = head + 4;
      }
      while (from + 4 <= bytes.length) {
        const isLong = bytes[from + 1] === 126;
        const begin = from + (isLong ? 4 : 2);
        const end = begin + (isLong ? bytes.readUInt16BE(from + 2) : bytes[from + 1]);
        if (end > bytes.length) break;
        // Anything else is a ping, which no run lasts long enough to have to answer.
        if (bytes[begin] === BRACE) hear(bytes, begin, end);
        from = end;
      }
      return bytes.subarray(from);
    };
    const hear = (bytes, begin, end) => {
      if (bytes[begin + 2] === LETTER_A) resolve(socket);
      else count(Number(bytes.latin1Slice(end - AFTER_NUMBER - DIGITS, end - AFTER_NUMBER)));
    };
    const callback = (many, chunk) => {
      const fresh = chunk.subarray(0, many);
      const left = take(rest.length ? Buffer.concat([rest, fresh]) : fresh);
      rest = left.length ? Buffer.from(left) : NOTHING;
      return true; // go on reading
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
    socket.once('error', reject).once('connect', () => socket.write(upgrade(path)));
  });
}

function count(number) {
  const many = (readers.get(number) ?? 0) + 1;
  readers.set(number, many);
  if (many === sockets.length) tell({ number, at: now() });
}

answer({
  /** Opens so many readers, evenly on each of the ports. */
  async open({ ports, path, many }) {
    readers = new Map();
    for (let begun = 0; begun < many; begun += AT_ONCE) {
      const length = Math.min(AT_ONCE, many - begun);
      const batch = Array.from({ length }, (_, index) =>
        open({ port: ports[(begun + index) % ports.length], path }),
      );
      sockets.push(...(await Promise.all(batch)));
    }
  },
  close() {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  },
  cpu,
});
