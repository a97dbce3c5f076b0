// A process of WebSocket readers that cost little, and one publisher. Readers look at no more of a
// frame than its length, and at the number in a message's text.
import { connect } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { answer, now } from './measure.mjs';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** Handshakes at a time. */
const AT_ONCE = 50;
const DIGITS = 8;
/** Bytes of a message's frame, without its header; what is shorter is no message. */
const LENGTH = 200;
const SHORTEST = 150;
/** ms without any arrival after which what is missing is lost. */
const DEADLINE = 15_000;
const MS = 1e6;
const NOTHING = Buffer.alloc(0);
/** One for all sockets: what is read into it is taken before the next is read. */
const buffer = Buffer.alloc(262_144);

/** How this server is spoken to: `before` and `after` the text that is sent, `tail` bytes that follow it. */
let words;
let sockets = [];
let publisher;
let number = 0;
/** By the message's number: when it was sent, how many have it, and who waits until all have. */
let messages = new Map();
let delays = createHistogram();
let arrived = 0;
let last = 0;

const upgrade = (path) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`;

/** A frame of a client's (RFC 6455 §5.2), masked with zeros. */
function frame(text) {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? [0x81, 0x80 | payload.length]
      : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** A reader; resolves when the server has said all that it says at the beginning. */
function open({ port, path, hello = [] }) {
  const { promise, resolve, reject } = Promise.withResolvers();
  let upgraded = false;
  let greetings = words.greetings;
  let rest = NOTHING;
  const socket = connect({
    port,
    // One address has not enough ports for all.
    localAddress: `127.0.0.${2 + (sockets.length % 8)}`,
    host: '127.0.0.1',
    onread: {
      buffer,
      callback(many, chunk) {
        const left = take(
          rest.length ? Buffer.concat([rest, chunk.subarray(0, many)]) : chunk,
          many + rest.length,
        );
        rest = left.length ? Buffer.from(left) : NOTHING;
        return true; // go on reading
      },
    },
  });
  const greeted = () => {
    if (greetings === 0) resolve(socket);
  };
  /** Takes all that is whole of `to` bytes, and returns what is not. */
  const take = (bytes, to) => {
    let from = 0;
    if (!upgraded) {
      const head = bytes.subarray(0, to).indexOf('\r\n\r\n');
      if (head < 0) return bytes.subarray(0, to);
      if (!bytes.latin1Slice(0, head).includes(' 101 '))
        reject(new Error(bytes.toString('utf8', 0, to)));
      upgraded = true;
      from = head + 4;
      for (const text of hello) socket.write(frame(text));
      greeted();
    }
    const at = now();
    while (from + 4 <= to) {
      const isLong = bytes[from + 1] === 126;
      const begin = from + (isLong ? 4 : 2);
      const length = isLong ? bytes.readUInt16BE(from + 2) : bytes[from + 1];
      if (begin + length > to) break;
      from = begin + length;
      if (length >= SHORTEST) hear(bytes, from - words.tail, at);
      else if (greetings > 0) {
        greetings -= 1;
        greeted();
      }
    }
    return bytes.subarray(from, to);
  };
  socket.once('error', reject).once('connect', () => socket.write(upgrade(path)));
  return promise;
}

/** A message came whose number ends there. */
function hear(bytes, end, at) {
  let heard = 0;
  for (let index = end - DIGITS; index < end; index += 1) heard = heard * 10 + bytes[index] - 48;
  const message = messages.get(heard);
  if (!message) throw new Error(`No message has the number ${heard}.`);
  delays.record(Math.max(1, Math.round((at - message.sent) * MS)));
  arrived += 1;
  last = at;
  message.missing -= 1;
  if (message.missing > 0) return;
  messages.delete(heard);
  message.resolve();
}

function publish(sent = now()) {
  number += 1;
  const text =
    String(number)
      .padStart(LENGTH - words.overhead, 'm')
      .replace(/m?\d+$/, '') + String(number).padStart(DIGITS, '0');
  const { promise, resolve } = Promise.withResolvers();
  messages.set(number, { sent, missing: sockets.length, resolve });
  publisher.write(frame(words.before + text.slice(-(LENGTH - words.overhead)) + words.after));
  return promise;
}

/** Waits until all has arrived, or nothing more does. */
async function settled(all) {
  last = now();
  const end = Promise.all(all).then(() => true);
  while (!(await Promise.race([end, pause(100).then(() => now() - last > DEADLINE)])));
}

async function measured(load) {
  delays = createHistogram();
  arrived = 0;
  const began = now();
  const sent = await load();
  const lost = sent * sockets.length - arrived;
  const [p50, p99] = [50, 99].map((part) => delays.percentile(part) / MS);
  messages.clear();
  return { sent, arrived, lost, p50, p99, ms: now() - began };
}

answer({
  async open({ many, ...server }) {
    words = server.words;
    publisher = await open(server);
    sockets.push(publisher);
    for (let begun = 1; begun < many; begun += AT_ONCE) {
      const batch = Array.from({ length: Math.min(AT_ONCE, many - begun) }, () => open(server));
      sockets.push(...(await Promise.all(batch)));
    }
  },

  /** Messages at a steady pace, whether or not those before have arrived. */
  steady: ({ perSecond, seconds }) =>
    measured(async () => {
      const begun = now();
      const all = [];
      while (all.length < perSecond * seconds) {
        const due = begun + (all.length * 1000) / perSecond;
        await pause(Math.max(0, due - now()));
        all.push(publish(due));
      }
      await settled(all);
      return all.length;
    }),

  /** So many messages on their way at any time. */
  saturate: ({ ms, inFlight }) =>
    measured(async () => {
      const end = now() + ms;
      let sent = 0;
      const one = async () => {
        while (now() < end) {
          sent += 1;
          await publish();
        }
      };
      await settled(Array.from({ length: inFlight }, one));
      return sent;
    }),

  close() {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    messages.clear();
  },
});
