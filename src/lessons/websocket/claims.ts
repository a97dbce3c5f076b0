import { type Claim, type ClaimContext, type Said, SOON, verdict } from '../claim.ts';
import { list } from '../messages.ts';
import { openSocket, type Socket, told } from '../socket.ts';

const REPLY = '不要回复不要回复不要回复';
const pathOf = ({ room }: ClaimContext) => `/live/websocket/room/${room}/`;

async function connect(context: ClaimContext): Promise<Socket> {
  const socket = openSocket(context.url, pathOf(context), context.signal);
  await socket.opened;
  return socket;
}

/**
 * A reply too many looks like any other, and would be lost in a close. But it was sent with the
 * others, so it is here when another connection has been opened, used and answered.
 */
async function untilAllCame(context: ClaimContext): Promise<void> {
  const other = await connect(context);
  other.send('and to me?');
  await other.until(({ length }) => length > 0, ['claim.open', { path: pathOf(context) }]);
  other.close();
}

const replies: Claim = {
  id: 'replies',
  async check(context) {
    const many = 5;
    const expected: Said = ['websocket.claim.replies.expected', { many, reply: REPLY }];
    const socket = await connect(context);
    for (let place = 1; place <= many; place += 1) socket.send(`text ${place}`);
    await socket.until(({ length }) => length >= many, expected);
    await untilAllCame(context);
    const others = socket.texts.filter((text) => text !== REPLY);
    const right = socket.texts.length - others.length;
    socket.close();
    const came: Said = others.length
      ? [
          'websocket.claim.replies.other',
          { right, wrong: others.length, text: told([others[0] ?? '']) },
        ]
      : ['websocket.claim.replies.came', { right }];
    return verdict(right === many && others.length === 0, expected, came);
  },
};

/** A check of the code with which a connection ends, cleanly, after something was done. */
function endsWith(id: string, code: number, end: (socket: Socket) => void): Claim {
  return {
    id,
    async check(context) {
      const expected: Said = [`websocket.claim.${id}.expected`, { code }];
      const socket = await connect(context);
      end(socket);
      const ended = await socket.ended();
      if (!ended) return verdict(false, expected, stillOpen(socket));
      const came = ended.wasClean ? `websocket.claim.${id}.came` : 'claim.unclean';
      return verdict(ended.wasClean && ended.code === code, expected, [came, { code: ended.code }]);
    },
  };
}

const stillOpen = ({ texts }: Socket): Said => [
  'claim.still-open',
  { seconds: SOON / 1000, texts: told(texts) },
];

const tooLarge: Claim = {
  id: 'too-large',
  async check(context) {
    const expected: Said = ['websocket.claim.too-large.expected', { code: 1009 }];
    const socket = await connect(context);
    socket.send('x'.repeat(65_536));
    const taken = await socket.until(({ length }) => length > 0, expected);
    if (taken.length === 0) return verdict(false, expected, ['websocket.claim.too-large.early']);
    // It is bytes that count: these are 65,538 in fewer characters.
    socket.send('字'.repeat(21_846));
    const ended = await socket.ended();
    if (!ended) return verdict(false, expected, stillOpen(socket));
    // Whoever is still sending when it is closed may see no clean end.
    const { code } = ended;
    return verdict(code === 1009, expected, ['websocket.claim.too-large.came', { code }]);
  },
};

const empty: Claim = {
  id: 'empty',
  async check(context) {
    const expected: Said = ['websocket.claim.empty.expected'];
    const socket = await connect(context);
    socket.send('');
    socket.send('not empty');
    await socket.until(({ length }) => length > 0, expected);
    await untilAllCame(context);
    const many = socket.texts.length;
    socket.close();
    return verdict(many === 1, expected, ['websocket.claim.empty.came', { many }]);
  },
};

const unknownPath: Claim = {
  id: 'unknown-path',
  async check(context) {
    // Where nothing lives at all, no path would open either.
    (await connect(context)).close();
    const paths = ['/live/websocket/nowhere/', `${pathOf(context)}nowhere/`];
    let code = 1006;
    for (const path of paths) {
      const expected: Said = ['websocket.claim.unknown-path.expected', { path }];
      const socket = openSocket(context.url, path, context.signal);
      const opened = socket.opened.then(() => undefined);
      const ended = await Promise.race([socket.ended(), opened.catch(() => socket.ended())]);
      socket.close();
      if (socket.wasOpen) return verdict(false, expected, ['claim.opened']);
      if (!ended) return verdict(false, expected, ['claim.open.never', { seconds: SOON / 1000 }]);
      code = ended.code;
    }
    return verdict(
      code === 1006,
      ['websocket.claim.unknown-path.expected', { path: list(paths) }],
      ['websocket.claim.unknown-path.came', { code }],
    );
  },
};

/** What the WebSocket lesson claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  replies,
  endsWith('close-code', 4321, (socket) => socket.close(4321, 'bye')),
  endsWith('no-code', 1005, (socket) => socket.close()),
  endsWith('binary', 1003, (socket) => socket.send(new Uint8Array([1, 2, 3]))),
  tooLarge,
  empty,
  unknownPath,
];
