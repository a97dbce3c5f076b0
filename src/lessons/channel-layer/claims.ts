import { type Message, parseMessage } from '../../protocol/message.ts';
import { isRecord, parseJson } from '../../protocol/parse.ts';
import { parseProblem, problemType } from '../../protocol/problem.ts';
import { type Claim, type ClaimContext, verdict } from '../claim.ts';
import { eachOnce, list, numbered, textsOf } from '../messages.ts';
import { openSocket, openSockets, type Socket } from '../socket.ts';

const pathOf = ({ room }: ClaimContext, after?: string) =>
  `/live/channel-layer/room/${room}/` +
  (after === undefined ? '' : `?${new URLSearchParams({ after })}`);

const connect = (context: ClaimContext, many: number) =>
  openSockets(context.url, Array<string>(many).fill(pathOf(context)), context.signal);

const words = (sender: string, text: string) => JSON.stringify({ sender, text });

/** The messages among the frames that came. */
const messagesIn = (texts: readonly string[]): Message[] =>
  texts.flatMap((text) => {
    const message = parseMessage(parseJson(text));
    return message.ok ? [message.value] : [];
  });

/** The types of the problems among them. */
const problemsIn = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => {
    const json = parseJson(text);
    const type = isRecord(json) ? parseProblem(json['problem'])?.type : undefined;
    return type === undefined ? [] : [type];
  });

async function messages(socket: Socket | undefined, many: number, what: string) {
  const texts = await socket?.until((all) => messagesIn(all).length >= many, what);
  return messagesIn(texts ?? []);
}

const each: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(21);
    const sockets = await connect(context, 3);
    texts.forEach((text, place) => sockets[place % 3]?.send(words(`member ${place % 3}`, text)));
    const all = sockets.map((socket) => messages(socket, texts.length, texts.at(-1) ?? ''));
    const { holds, inOrder, counts } = eachOnce(texts, await Promise.all(all));
    for (const socket of sockets) socket.close();
    return verdict(
      holds,
      ['channel-layer.claim.each-once.expected', { many: texts.length }],
      ['channel-layer.claim.each-once.came', { ...counts, order: inOrder ? '✓' : '✕' }],
    );
  },
};

const groupsApart: Claim = {
  id: 'groups-apart',
  async check(context) {
    const [here] = await connect(context, 1);
    const [there] = await connect({ ...context, room: `${context.room}_` }, 1);
    here?.send(words('Bob', 'here'));
    await messages(here, 1, 'here');
    there?.send(words('Bob', 'there'));
    const texts = list(textsOf(await messages(there, 1, 'there')));
    for (const socket of [here, there]) socket?.close();
    return verdict(
      texts === 'there',
      ['channel-layer.claim.groups-apart.expected', { texts: 'there' }],
      ['channel-layer.claim.groups-apart.came', { texts }],
    );
  },
};

const stamped: Claim = {
  id: 'stamped',
  async check(context) {
    const [socket] = await connect(context, 1);
    socket?.send(JSON.stringify({ id: 'mine', at: 1, sender: 'Bob', text: 'hi' }));
    const [message] = await messages(socket, 1, 'hi');
    socket?.close();
    const { id = '–', at = 0 } = message ?? {};
    return verdict(
      id !== 'mine' && Math.abs(at - Date.now()) < 86_400_000,
      ['channel-layer.claim.stamped.expected', { id: 'mine', now: Date.now() }],
      ['channel-layer.claim.stamped.came', { id, at }],
    );
  },
};

const problemAndOpen: Claim = {
  id: 'problem-and-open',
  async check(context) {
    const [socket] = await connect(context, 1);
    const type = problemType('malformed');
    for (const what of ['no JSON at all', '{"sender":"Bob"}', '{"sender":"Bob","text":""}', '[]']) {
      const before = problemsIn(socket?.texts ?? []).length;
      socket?.send(what);
      const texts = await socket?.until((all) => problemsIn(all).length > before, type);
      const came = problemsIn(texts ?? []).at(-1) ?? '–';
      if (came !== type)
        return verdict(
          false,
          ['channel-layer.claim.problem-and-open.expected', { type, what }],
          ['channel-layer.claim.problem-and-open.came', { type: came }],
        );
    }
    socket?.send(words('Bob', 'as usual'));
    await messages(socket, 1, 'as usual');
    socket?.close();
    return verdict(
      true,
      ['channel-layer.claim.problem-and-open.expected', { type, what: '[]' }],
      ['channel-layer.claim.problem-and-open.came', { type }],
    );
  },
};

const typeIsOurs: Claim = {
  id: 'type-is-ours',
  async check(context) {
    const [socket] = await connect(context, 1);
    const text = 'an ordinary message';
    socket?.send(JSON.stringify({ type: 'websocket.close', sender: 'Bob', text }));
    const [message] = await messages(socket, 1, text);
    socket?.close();
    return verdict(
      message?.text === text,
      ['channel-layer.claim.type-is-ours.expected', { text }],
      ['channel-layer.claim.type-is-ours.came', { came: message?.text ?? '–' }],
    );
  },
};

const missedFirst: Claim = {
  id: 'missed-first',
  async check(context) {
    const [bob] = await connect(context, 1);
    for (const text of ['heard', 'missed 1', 'missed 2']) bob?.send(words('Bob', text));
    const [heard] = await messages(bob, 3, 'missed 2');
    const alice = openSocket(context.url, pathOf(context, heard?.id ?? ''), context.signal);
    await messages(alice, 2, 'missed 2');
    bob?.send(words('Bob', 'live'));
    const texts = list(textsOf(await messages(alice, 3, 'live')));
    for (const socket of [alice, bob]) socket?.close();
    const expected = list(['missed 1', 'missed 2', 'live']);
    return verdict(
      texts === expected,
      ['channel-layer.claim.missed-first.expected', { texts: expected }],
      ['channel-layer.claim.missed-first.came', { texts }],
    );
  },
};

const liveOnly: Claim = {
  id: 'live-only',
  async check(context) {
    const [bob] = await connect(context, 1);
    bob?.send(words('Bob', 'before'));
    await messages(bob, 1, 'before');
    const [alice] = await connect(context, 1);
    // An open socket may not be in its group yet: her own words tell that she is.
    alice?.send(words('Alice', 'I am here'));
    await messages(alice, 1, 'I am here');
    bob?.send(words('Bob', 'after'));
    const texts = list(textsOf(await messages(alice, 2, 'after')));
    for (const socket of [alice, bob]) socket?.close();
    const expected = list(['I am here', 'after']);
    return verdict(
      texts === expected,
      ['channel-layer.claim.live-only.expected', { texts: expected }],
      ['channel-layer.claim.live-only.came', { texts }],
    );
  },
};

/** What the lesson on the channel layer claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  each,
  groupsApart,
  liveOnly,
  missedFirst,
  stamped,
  problemAndOpen,
  typeIsOurs,
];
