// A process of light clients whose server stops: WebSockets, which come back by the project's own
// backoff, and event streams and held questions, of which it is seen how they end.
import { connect } from 'node:net';
import { backoff } from '../../src/transports/backoff.ts';
import { answer } from './answer.ts';
import { openLight } from './light-websocket.ts';

/** Connections that are made at a time. */
const AT_ONCE = 50;

/** How many have ended, by what ended them. */
const ends = {
  sockets: {} as Record<string, number>,
  streams: {} as Record<string, number>,
  polls: {} as Record<string, number>,
};
/** ms at which each WebSocket that came back was connected. */
const arrivals: number[] = [];
let open = 0;
let stopping = false;
let check = () => {};

function note(kind: keyof typeof ends, end: string): void {
  ends[kind][end] = (ends[kind][end] ?? 0) + 1;
  open -= 1;
  check();
}

/** A WebSocket that comes back as often as it is lost; resolves when it was there once. */
function keepSocket(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    let tries = 0;
    const begin = () => {
      let connectedAt = 0;
      let isThere = false;
      openLight({
        port,
        path,
        connected: () => (connectedAt = performance.now()),
        text: () => {
          if (isThere) return;
          isThere = true;
          tries = 0;
          if (stopping) arrivals.push(connectedAt);
          else open += 1;
          resolve();
          check();
        },
        over: (code) => {
          if (isThere) note('sockets', String(code ?? 'cut'));
          setTimeout(begin, backoff(tries++));
        },
      });
    };
    begin();
  });
}

/** A request whose answer is `whole` if it is not cut off; resolves when it was handed over. */
function ask(kind: 'streams' | 'polls', port: number, path: string, whole: RegExp): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    let cut = true;
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      open += 1;
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, () => resolve());
    });
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('end', () => (cut = false));
    socket.on('error', () => undefined); // “close” follows
    socket.on('close', () => note(kind, !cut && whole.test(text) ? 'whole' : `cut: ${text}`));
  });
}

async function inBatches(many: number, one: () => Promise<void>): Promise<void> {
  for (let begun = 0; begun < many; begun += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, many - begun) }, one));
}

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise<void>((resolve) => (check = resolve));
};

answer({
  /** Resolves when all are there. */
  async open({ port: itsPort, room, sockets, held }) {
    const port = Number(itsPort);
    const live = `http://127.0.0.1:${port}/live`;
    await inBatches(Number(sockets), () => keepSocket(port, `/live/channel-layer/room/${room}/`));
    const stream = `/live/server-sent-events/rooms/${room}/messages`;
    await inBatches(Number(held), () =>
      ask('streams', port, stream, /^HTTP\/1\.1 200 .*\r\n0\r\n\r\n$/s),
    );
    await inBatches(Number(held), async () => {
      const made = await fetch(`${live}/long-polling/rooms/${room}/readers`, { method: 'POST' });
      const { reader } = (await made.json()) as { reader: string };
      const poll = `/live/long-polling/rooms/${room}/readers/${reader}/messages?wait=25`;
      await ask('polls', port, poll, /^HTTP\/1\.1 200 .*\{"messages":\[\],.*"skipped":0\}$/s);
    });
  },
  /** Resolves when all have ended: how. */
  async ended() {
    stopping = true;
    await until(() => open === 0);
    return ends;
  },
  /** Resolves when so many WebSockets are back: the ms at which each was. */
  async back({ many }) {
    await until(() => arrivals.length >= Number(many));
    return arrivals;
  },
});
