// A process of readers that are held: polls that wait for their answer, streams, WebSockets that say
// nothing. They look at no more of what comes than they must.
import { connect } from 'node:net';
import { answer, now } from './measure.mjs';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const AT_ONCE = 50;
const DIGITS = 8;
/** A message's text is this, and its number. */
const MARK = 'number ';
const NOTHING = Buffer.alloc(0);
/** ms after which a message that not all have is given up. */
const DEADLINE = 60_000;
const buffer = Buffer.alloc(262_144);

let server;
let sockets = [];
let number = 0;
let missing = 0;
let complete = () => {};
/** What asks again, of those who were answered. */
let next = [];

const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`;
const upgrade = (path) =>
  get(
    path,
    `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n`,
  );

/** Each kind: its first request, whether it is spoken to at once, and what it does with what came. */
const KINDS = {
  poll: {
    async path() {
      if (!server.makers) return server.path;
      const response = await fetch(`http://127.0.0.1:${server.port}${server.makers}`, {
        method: 'POST',
      });
      const { reader, after } = await response.json();
      return `${server.path.replace('READER', reader)}&after=${after}`;
    },
    request: get,
    isSpokenTo: false,
    /** A whole answer, after which it is to ask again. */
    take(bytes, reader) {
      const head = bytes.indexOf('\r\n\r\n');
      if (head < 0) return bytes;
      const length = /\r\ncontent-length: (\d+)/i.exec(bytes.latin1Slice(0, head))?.[1];
      if (bytes.length < head + 4 + Number(length)) return bytes;
      const text = bytes.latin1Slice(head + 4, head + 4 + Number(length));
      const after = /"after":"([^"]+)"/.exec(text)?.[1];
      if (!after) throw new Error(`This is no reading: ${text}`);
      next.push(() =>
        reader.socket.write(get(`${reader.path.replace(/&after=.*/, '')}&after=${after}`)),
      );
      hear(text, reader);
      return bytes.subarray(head + 4 + Number(length));
    },
  },
  stream: {
    path: () => server.path,
    request: get,
    isSpokenTo: true,
    take(bytes, reader) {
      const end = bytes.lastIndexOf('\n\n');
      if (end < 0) return bytes;
      hear(bytes.latin1Slice(0, end), reader);
      return bytes.subarray(end + 2);
    },
  },
  websocket: {
    path: () => server.path,
    request: upgrade,
    isSpokenTo: true,
    take(bytes, reader) {
      hear(bytes.latin1Slice(), reader);
      return bytes.subarray(-20); // what is looked for may be cut
    },
  },
};

function hear(text, reader) {
  const at = text.lastIndexOf(MARK);
  if (at < 0) return;
  const heard = Number(text.slice(at + MARK.length, at + MARK.length + DIGITS));
  if (heard !== number || reader.number === heard) return;
  reader.number = heard;
  missing -= 1;
  if (missing === 0) complete();
}

async function open(kind) {
  const path = await kind.path();
  const reader = { socket: undefined, path, number: 0 };
  return new Promise((resolve, reject) => {
    let rest = NOTHING;
    const callback = (many, chunk) => {
      const fresh = chunk.subarray(0, many);
      if (rest === NOTHING && kind.isSpokenTo) resolve();
      const left = kind.take(rest.length ? Buffer.concat([rest, fresh]) : fresh, reader);
      rest = Buffer.from(left);
      return true;
    };
    const socket = connect({
      port: server.port,
      host: '127.0.0.1',
      // One address has not enough ports for all.
      localAddress: `127.0.0.${2 + (sockets.length % 8)}`,
      onread: { buffer, callback },
    });
    reader.socket = socket;
    sockets.push(socket);
    socket.once('error', reject);
    socket.once('connect', () =>
      socket.write(kind.request(path), () => kind.isSpokenTo || resolve()),
    );
  });
}

answer({
  async open({ many, ...rest }) {
    server = rest;
    for (let begun = 0; begun < many; begun += AT_ONCE) {
      const length = Math.min(AT_ONCE, many - begun);
      await Promise.all(Array.from({ length }, () => open(KINDS[server.kind])));
    }
  },

  /** Posts a message; resolves, when all have it, with the ms that took. */
  async say() {
    const begun = now();
    number += 1;
    missing = sockets.length;
    const { promise, resolve, reject } = Promise.withResolvers();
    complete = resolve;
    const late = setTimeout(reject, DEADLINE, new Error('A message did not reach all.'));
    const text = `${'m'.repeat(100)} ${MARK}${String(number).padStart(DIGITS, '0')}`;
    const response = await fetch(`http://127.0.0.1:${server.port}${server.say}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Alice', text }),
    });
    if (response.status !== 201) throw new Error(`A message was answered ${response.status}.`);
    await response.arrayBuffer();
    await promise;
    clearTimeout(late);
    return now() - begun;
  },

  /** Those who were answered ask again. */
  async again() {
    const asking = next;
    next = [];
    await Promise.all(asking.map((ask) => new Promise((resolve) => resolve(ask()))));
  },

  close() {
    next = [];
    for (const socket of sockets) socket.destroy();
    sockets = [];
  },
});
