import { type Claim, type ClaimContext, type Said, verdict } from '../claim.ts';
import { openSocket, type Socket } from '../socket.ts';

const REPLY = '不要回复不要回复不要回复';
const pathOf = ({ room }: ClaimContext) => `/live/websocket/room/${room}/`;

async function connect(context: ClaimContext): Promise<Socket> {
  const socket = openSocket(context.url, pathOf(context), context.signal);
  await socket.opened;
  return socket;
}

const replies: Claim = {
  id: 'replies',
  async check(context) {
    const many = 5;
    const socket = await connect(context);
    for (let place = 1; place <= many; place += 1) socket.send(`text ${place}`);
    await socket.until((texts) => texts.length >= many, REPLY);
    // One more there and back: what was too much would have come before it.
    socket.send('and one');
    const texts = await socket.until(({ length }) => length > many, REPLY);
    socket.close();
    const right = texts.filter((text) => text === REPLY).length - 1;
    const wrong = texts.length - 1 - right;
    return verdict(
      right === many && wrong === 0,
      ['websocket.claim.replies.expected', { many, reply: REPLY }],
      ['websocket.claim.replies.came', { right, wrong }],
    );
  },
};

/** A check of the code with which a connection ends after something was done. */
function endsWith(id: string, code: number, clean: boolean, end: (socket: Socket) => void): Claim {
  return {
    id,
    async check(context) {
      const socket = await connect(context);
      end(socket);
      const ended = await Promise.race([socket.closed, stopped(context.signal)]);
      const came: Said = [
        `websocket.claim.${id}.came`,
        { code: ended.code, clean: ended.wasClean ? '✓' : '✕' },
      ];
      const right = ended.code === code && (ended.wasClean || !clean);
      return verdict(right, [`websocket.claim.${id}.expected`, { code }], came);
    },
  };
}

const stopped = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });

const empty: Claim = {
  id: 'empty',
  async check(context) {
    const socket = await connect(context);
    socket.send('');
    socket.send('not empty');
    await socket.until(({ length }) => length >= 1, REPLY);
    // The close comes after all that was sent before it.
    socket.close();
    await Promise.race([socket.closed, stopped(context.signal)]);
    const many = socket.texts.length;
    return verdict(
      many === 1,
      ['websocket.claim.empty.expected'],
      ['websocket.claim.empty.came', { many }],
    );
  },
};

const unknownPath: Claim = {
  id: 'unknown-path',
  async check(context) {
    const socket = openSocket(context.url, '/live/websocket/nowhere/', context.signal);
    const { code } = await Promise.race([
      socket.closed,
      socket.opened.then(() => ({ code: 0 })).catch(() => socket.closed),
    ]);
    const open = socket.wasOpen ? '101' : '–';
    socket.close();
    return verdict(
      !socket.wasOpen && code === 1006,
      ['websocket.claim.unknown-path.expected'],
      ['websocket.claim.unknown-path.came', { open, code }],
    );
  },
};

/** What the WebSocket lesson claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  replies,
  endsWith('close-code', 4321, true, (socket) => socket.close(4321, 'bye')),
  endsWith('no-code', 1005, true, (socket) => socket.close()),
  endsWith('binary', 1003, true, (socket) => socket.send(new Uint8Array([1, 2, 3]))),
  endsWith('too-large', 1009, false, (socket) => socket.send('x'.repeat(65_537))),
  empty,
  unknownPath,
];
