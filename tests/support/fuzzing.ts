import { connect, type Socket } from 'node:net';
import { type Chance, chanceOf, seedOf } from './chance.ts';
import { editedRequest, frames, mutated } from './mutations.ts';
import { request } from './raw-http.ts';

/** ms after which a session that nothing is said in any more is reset. */
const QUIET = 200;

const room = ({ below }: Chance) => `fuzz${below(8)}`;
const post = { Connection: 'keep-alive', 'Content-Type': 'application/json' };
const words = JSON.stringify({ sender: 'Mallory', text: 'hi' });

/** Good requests, which become bad ones. */
const REQUESTS: readonly [(chance: Chance) => string, ...((chance: Chance) => string)[]] = [
  (chance) => request(`GET /live/polling/rooms/${room(chance)}/messages?after=0`, {}),
  (chance) =>
    request(
      `POST /live/polling/rooms/${room(chance)}/messages`,
      { ...post, 'Content-Length': String(words.length) },
      words,
    ),
  (chance) =>
    request(
      `POST /live/long-polling/rooms/${room(chance)}/messages`,
      { ...post, 'Transfer-Encoding': 'chunked' },
      `${words.length.toString(16)}\r\n${words}\r\n0\r\n\r\n`,
    ),
  (chance) =>
    request(`POST /live/long-polling/rooms/${room(chance)}/readers`, { 'Content-Length': '0' }),
  (chance) =>
    request(
      `GET /live/long-polling/rooms/${room(chance)}/readers/${'0'.repeat(31)}${chance.below(10)}/messages?after=0&wait=0`,
      {},
    ),
  (chance) =>
    request(`GET /live/server-sent-events/rooms/${room(chance)}/messages?after=0`, {
      'Last-Event-ID': '0',
    }),
  () => request('GET /healthz', { Connection: 'keep-alive' }),
  () => request('GET /lessons/polling/', { 'Accept-Encoding': 'gzip' }),
];

const PATHS = ['websocket', 'connection-list/fuzz', 'channel-layer'] as const;

function handshake(chance: Chance): string {
  const query = chance.often(0.2) ? '?after=0&as=0123456789abcdef' : '';
  return request(`GET /live/${chance.pick(PATHS)}/room/${room(chance)}/${query}`, {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });
}

/** One of the ways to end: in order, or by a reset. */
const leave = (socket: Socket, { often }: Chance) =>
  often(0.5) ? socket.end() : socket.resetAndDestroy();

/** The statuses of the answers that came, once it is over; where nothing more is said it is reset. */
function over(socket: Socket): Promise<string[]> {
  const statuses: string[] = [];
  socket.setTimeout(QUIET, () => socket.resetAndDestroy());
  return new Promise((resolve) =>
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        const [, status] = /^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 12)) ?? [];
        if (status !== undefined) statuses.push(status);
      })
      .on('close', () => resolve(statuses)),
  );
}

/** Writes bytes whole, or in two pieces with a turn of the event loop between. */
async function write(socket: Socket, bytes: Buffer, { below, often }: Chance): Promise<void> {
  const cut = often(0.3) ? below(bytes.length) : 0;
  if (cut) {
    socket.write(bytes.subarray(0, cut));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (socket.writable) socket.write(bytes.subarray(cut));
}

/** Some requests on a connection of their own. */
export async function httpSession(port: number, seed: number): Promise<string[]> {
  const chance = chanceOf(seed);
  const socket = connect(port, '127.0.0.1');
  const ended = over(socket);
  const texts = Array.from({ length: chance.often(0.8) ? 1 : 1 + chance.below(4) }, () =>
    editedRequest(chance.pick(REQUESTS)(chance), chance),
  );
  const bytes = Buffer.from(texts.join(''), 'latin1');
  await write(socket, chance.often(0.7) ? mutated(bytes, chance) : bytes, chance);
  if (chance.often(0.8)) socket.end();
  else socket.once('data', () => leave(socket, chance));
  return ended;
}

/** A handshake and some frames. */
export async function webSocketSession(port: number, seed: number): Promise<string[]> {
  const chance = chanceOf(seed);
  const socket = connect(port, '127.0.0.1');
  const ended = over(socket);
  const hand = handshake(chance);
  const bad = chance.often(0.15);
  const edited = Buffer.from(bad ? editedRequest(hand, chance) : hand, 'latin1');
  await write(socket, bad ? mutated(edited, chance) : edited, chance);
  if (chance.often(0.95)) await Promise.race([ended, once(socket, 'data')]);
  for (let times = 1 + chance.below(2); times > 0 && socket.writable; times -= 1)
    await write(socket, frames(chance), chance);
  leave(socket, chance);
  return ended;
}

const once = (socket: Socket, event: 'data') =>
  new Promise<unknown>((resolve) => socket.once(event, resolve));

interface Run {
  port: number;
  seed: number;
  from: number;
  to: number;
  stop: AbortSignal;
}

/** Runs sessions, 32 at a time; how often each status came. */
export async function runSessions(
  session: (port: number, seed: number) => Promise<string[]>,
  { port, seed, from, to, stop }: Run,
): Promise<Record<string, number>> {
  const came: Record<string, number> = {};
  let next = from;
  const work = async () => {
    while (next < to && !stop.aborted)
      for (const status of await session(port, seedOf(seed, next++)))
        came[status] = (came[status] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: 32 }, work));
  return came;
}
