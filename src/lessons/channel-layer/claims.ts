import { type Message, parseMessage } from '../../protocol/message.ts';
import { isRecord, parseJson } from '../../protocol/parse.ts';
import { parseProblem, problemType } from '../../protocol/problem.ts';
import { type Claim, type ClaimContext, type Said, Unexpected, verdict } from '../claim.ts';
import { eachOnce, list, numbered, textsOf } from '../messages.ts';
import { openSocket, openSockets, type Socket, told } from '../socket.ts';

const pathOf = ({ room }: ClaimContext, after?: string) =>
  `/live/channel-layer/room/${room}/` +
  (after === undefined ? '' : `?${new URLSearchParams({ after })}`);

const connect = (context: ClaimContext, many: number) =>
  openSockets(context.url, Array<string>(many).fill(pathOf(context)), context.signal);

const words = (sender: string, text: string) => JSON.stringify({ sender, text });

/** The messages among the frames that came; throws Unexpected for one that is not by the contract. */
const messagesIn = (frames: readonly string[]): Message[] =>
  frames.flatMap((frame) => {
    const json = parseJson(frame);
    if (!isRecord(json) || !('text' in json)) return [];
    const message = parseMessage(json);
    if (message.ok) return [message.value];
    throw new Unexpected(
      ['claim.message'],
      ['claim.contract.came', { detail: message.detail, body: told([frame]) }],
    );
  });

const problemIn = (frame: string): string | undefined => {
  const json = parseJson(frame);
  return isRecord(json) ? parseProblem(json['problem'])?.type : undefined;
};

/** Waits until all of the texts are there, or it is too late; the messages that came. */
async function hear(socket: Socket | undefined, texts: readonly string[], expected: Said) {
  const enough = (frames: readonly string[]) => {
    const said = new Set(
      frames.map(parseJson).map((json) => (isRecord(json) ? json['text'] : undefined)),
    );
    return texts.every((text) => said.has(text));
  };
  return messagesIn((await socket?.until(enough, expected)) ?? []);
}

const each: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(21);
    const expected: Said = ['channel-layer.claim.each-once.expected', { many: texts.length }];
    const sockets = await connect(context, 3);
    // An open socket may not be in its group yet: who hears itself is.
    const greeting = (place: number) => `member ${place} is here`;
    const heard = await Promise.all(
      sockets.map((socket, place) => {
        socket.send(words(`member ${place}`, greeting(place)));
        return hear(socket, [greeting(place)], expected);
      }),
    );
    if (heard.some((messages, place) => !textsOf(messages).includes(greeting(place))))
      return verdict(false, expected, ['channel-layer.claim.each-once.unheard']);
    texts.forEach((text, place) => sockets[place % 3]?.send(words(`member ${place % 3}`, text)));
    await Promise.all(sockets.map((socket) => hear(socket, texts, expected)));
    // What came twice would be there before what is said afterwards.
    sockets[0]?.send(words('member 0', 'the end'));
    const all = await Promise.all(sockets.map((socket) => hear(socket, ['the end'], expected)));
    const around = ['the end', ...sockets.map((_, place) => greeting(place))];
    const said = all.map((messages) => messages.filter(({ text }) => !around.includes(text)));
    const { holds, disordered, counts } = eachOnce(texts, said);
    for (const socket of sockets) socket.close();
    return verdict(
      holds,
      expected,
      disordered ? ['claim.order'] : ['channel-layer.claim.each-once.came', counts],
    );
  },
};

const groupsApart: Claim = {
  id: 'groups-apart',
  async check(context) {
    const expected: Said = ['channel-layer.claim.groups-apart.expected', { texts: 'there' }];
    const [here] = await connect(context, 1);
    const [there] = await connect({ ...context, room: `${context.room}_` }, 1);
    here?.send(words('Bob', 'here'));
    await hear(here, ['here'], expected);
    // What had leaked would be there before what is said there afterwards.
    there?.send(words('Bob', 'there'));
    const texts = list(textsOf(await hear(there, ['there'], expected)));
    for (const socket of [here, there]) socket?.close();
    return verdict(texts === 'there', expected, [
      'channel-layer.claim.groups-apart.came',
      { texts },
    ]);
  },
};

const stamped: Claim = {
  id: 'stamped',
  async check(context) {
    const now = Date.now();
    const expected: Said = ['channel-layer.claim.stamped.expected', { id: 'mine', now }];
    const [socket] = await connect(context, 1);
    socket?.send(JSON.stringify({ id: 'mine', at: 1, sender: 'Bob', text: 'hi' }));
    const [message] = await hear(socket, ['hi'], expected);
    socket?.close();
    const { id = '–', at = 0 } = message ?? {};
    return verdict(id !== 'mine' && Math.abs(at - now) < 86_400_000, expected, [
      'channel-layer.claim.stamped.came',
      { id, at: message ? at : '–' },
    ]);
  },
};

const problemAndOpen: Claim = {
  id: 'problem-and-open',
  async check(context) {
    const [socket] = await connect(context, 1);
    const type = problemType('malformed');
    const all = ['no JSON at all', '{"sender":"Bob"}', '{"sender":"Bob","text":""}', '[]'];
    for (const what of all) {
      const expected: Said = ['channel-layer.claim.problem-and-open.expected', { type, what }];
      const before = socket?.texts.length ?? 0;
      socket?.send(what);
      const more = (frames: readonly string[]) => frames.slice(before).some(problemIn);
      const came = ((await socket?.until(more, expected)) ?? []).slice(before);
      const problem = came.map(problemIn).find((one) => one !== undefined);
      if (problem !== type)
        return verdict(false, expected, [
          'channel-layer.claim.problem-and-open.came',
          { type: problem ?? told(came) },
        ]);
    }
    const what = list(all);
    const expected: Said = ['channel-layer.claim.problem-and-open.expected', { type, what }];
    socket?.send(words('Bob', 'as usual'));
    const texts = textsOf(await hear(socket, ['as usual'], expected));
    socket?.close();
    return verdict(list(texts) === 'as usual', expected, [
      'channel-layer.claim.problem-and-open.then',
      { type, texts: list(texts) },
    ]);
  },
};

const typeIsOurs: Claim = {
  id: 'type-is-ours',
  async check(context) {
    const text = 'an ordinary message';
    const expected: Said = ['channel-layer.claim.type-is-ours.expected', { text }];
    const [socket] = await connect(context, 1);
    socket?.send(JSON.stringify({ type: 'websocket.close', sender: 'Bob', text }));
    const texts = textsOf(await hear(socket, [text], expected));
    const came = texts.length ? list(texts) : told(socket?.texts ?? []);
    socket?.close();
    return verdict(came === text, expected, ['channel-layer.claim.type-is-ours.came', { came }]);
  },
};

const missedFirst: Claim = {
  id: 'missed-first',
  async check(context) {
    const missed = ['missed 1', 'missed 2'];
    const live = ['live 1', 'live 2', 'live 3', 'the end'];
    const all = [...missed, ...live];
    const expected: Said = ['channel-layer.claim.missed-first.expected', { texts: list(all) }];
    const [bob] = await connect(context, 1);
    for (const text of ['heard', ...missed]) bob?.send(words('Bob', text));
    const own = await hear(bob, ['heard', ...missed], expected);
    const heard = own.find(({ text }) => text === 'heard');
    const cameTo = (messages: readonly Message[]): Said => [
      'channel-layer.claim.missed-first.came',
      { texts: list(textsOf(messages)) },
    ];
    if (!heard) return verdict(false, expected, cameTo(own));
    const alice = openSocket(context.url, pathOf(context, heard.id), context.signal);
    await alice.opened;
    // Said while she may still be receiving what she missed: nothing falls between the two.
    for (const text of live) bob?.send(words('Bob', text));
    const came = await hear(alice, ['the end'], expected);
    for (const socket of [alice, bob]) socket?.close();
    return verdict(list(textsOf(came)) === list(all), expected, cameTo(came));
  },
};

const liveOnly: Claim = {
  id: 'live-only',
  async check(context) {
    const all = ['I am here', 'after'];
    const expected: Said = ['channel-layer.claim.live-only.expected', { texts: list(all) }];
    const [bob] = await connect(context, 1);
    bob?.send(words('Bob', 'before'));
    await hear(bob, ['before'], expected);
    const [alice] = await connect(context, 1);
    // An open socket may not be in its group yet: her own words tell that she is.
    alice?.send(words('Alice', 'I am here'));
    await hear(alice, ['I am here'], expected);
    bob?.send(words('Bob', 'after'));
    const texts = list(textsOf(await hear(alice, ['after'], expected)));
    for (const socket of [alice, bob]) socket?.close();
    return verdict(texts === list(all), expected, [
      'channel-layer.claim.live-only.came',
      { texts },
    ]);
  },
};

const acrossProcesses: Claim = {
  id: 'across-processes',
  needs: 'redis',
  async check(context) {
    const texts = numbered(20);
    const expected: Said = [
      'channel-layer.claim.across-processes.expected',
      { many: texts.length },
    ];
    const [alice] = await connect(context, 1);
    const [bob] = await connect({ ...context, url: context.other }, 1);
    const both = [alice, bob];
    // An open socket may not be in its group yet: who hears itself is.
    for (const socket of both) {
      const text = `reader ${both.indexOf(socket) + 1} is here`;
      socket?.send(words('Reader', text));
      await hear(socket, [text], expected);
    }
    texts.forEach((text, place) => both[place % 2]?.send(words('Reader', text)));
    const heard = await Promise.all(both.map((socket) => hear(socket, texts, expected)));
    for (const socket of both) socket?.close();
    const said = heard.map((all) => all.filter(({ text }) => texts.includes(text)));
    const { holds, disordered, counts } = eachOnce(texts, said);
    return verdict(
      holds,
      expected,
      disordered ? ['claim.order'] : ['channel-layer.claim.across-processes.came', counts],
    );
  },
};

const cursorAnywhere: Claim = {
  id: 'cursor-anywhere',
  needs: 'redis',
  async check(context) {
    const texts = ['missed 1', 'missed 2', 'live'];
    const expected: Said = ['channel-layer.claim.cursor-anywhere.expected', { texts: list(texts) }];
    const [bob] = await connect(context, 1);
    for (const text of ['heard', 'missed 1', 'missed 2']) bob?.send(words('Bob', text));
    const own = await hear(bob, ['heard', 'missed 2'], expected);
    const cursor = own.find(({ text }) => text === 'heard')?.id;
    const came = (messages: readonly Message[]): Said => [
      'channel-layer.claim.cursor-anywhere.came',
      { texts: list(textsOf(messages)) },
    ];
    if (cursor === undefined) return verdict(false, expected, came(own));
    const alice = openSocket(context.other, pathOf(context, cursor), context.signal);
    await alice.opened;
    await hear(alice, ['missed 2'], expected);
    bob?.send(words('Bob', 'live'));
    const heard = await hear(alice, ['live'], expected);
    for (const socket of [alice, bob]) socket?.close();
    return verdict(list(textsOf(heard)) === list(texts), expected, came(heard));
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
  acrossProcesses,
  cursorAnywhere,
];
