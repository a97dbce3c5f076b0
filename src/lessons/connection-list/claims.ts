import { type Claim, type ClaimContext, type Said, SOON, verdict } from '../claim.ts';
import { list } from '../messages.ts';
import { openSockets, type Socket, told } from '../socket.ts';

const MARK = ' ✓';
const pathOf = (name: string, group: string) => `/live/connection-list/${name}/room/${group}/`;

/** Connections to groups of the check's own list. */
const connect = (context: ClaimContext, ...groups: string[]) =>
  openSockets(
    context.url,
    groups.map((group) => pathOf(context.room, group)),
    context.signal,
  );

/** Waits until each socket has what was said, or it is too late. */
const hears = (sockets: readonly (Socket | undefined)[], text: string, expected: Said) =>
  Promise.all(sockets.map(async (socket) => socket?.until((all) => all.includes(text), expected)));

const heardBy = (sockets: readonly Socket[]) =>
  sockets.map(({ texts }) => `[${told(texts)}]`).join(' ');

const allHear: Claim = {
  id: 'all-hear',
  async check(context) {
    const sockets = await connect(context, 'a', 'a', 'a');
    const texts = ['hello', 'and bye'].map((text) => text + MARK);
    const many = sockets.length;
    const expected: Said = ['connection-list.claim.all-hear.expected', { text: told(texts), many }];
    // What came twice would be there before what is said afterwards.
    for (const text of ['hello', 'and bye']) {
      sockets[0]?.send(text);
      await hears(sockets, text + MARK, expected);
    }
    const right = sockets.every((socket) => told(socket.texts) === told(texts));
    const came: Said = ['connection-list.claim.all-hear.came', { heard: heardBy(sockets) }];
    for (const socket of sockets) socket.close();
    return verdict(right, expected, came);
  },
};

const roomsLeak: Claim = {
  id: 'rooms-leak',
  async check(context) {
    const [kitchen, garden] = await connect(context, 'kitchen', 'garden');
    const text = `said in the kitchen${MARK}`;
    const expected: Said = ['connection-list.claim.rooms-leak.expected', { text }];
    kitchen?.send('said in the kitchen');
    await hears([garden], text, expected);
    const heard = told(garden?.texts ?? []);
    for (const socket of [kitchen, garden]) socket?.close();
    return verdict(heard === text, expected, ['connection-list.claim.rooms-leak.came', { heard }]);
  },
};

const listsApart: Claim = {
  id: 'lists-apart',
  async check(context) {
    const [here] = await connect(context, 'a');
    const [there] = await connect({ ...context, room: `${context.room}_` }, 'a');
    const text = `there${MARK}`;
    const expected: Said = ['connection-list.claim.lists-apart.expected', { text }];
    here?.send('here');
    await hears([here], `here${MARK}`, expected);
    // What had leaked would be there before what is said there afterwards.
    there?.send('there');
    await hears([there], text, expected);
    const heard = told(there?.texts ?? []);
    for (const socket of [here, there]) socket?.close();
    return verdict(heard === text, expected, ['connection-list.claim.lists-apart.came', { heard }]);
  },
};

const close: Claim = {
  id: 'close',
  async check(context) {
    const [leaver, stayer] = await connect(context, 'a', 'a');
    const text = `still here${MARK}`;
    const expected: Said = ['connection-list.claim.close.expected', { text }];
    leaver?.send('close');
    const ended = await leaver?.ended();
    stayer?.send('still here');
    await hears([stayer], text, expected);
    const heard = told(stayer?.texts ?? []);
    for (const socket of [leaver, stayer]) socket?.close();
    const came: Said = ended
      ? ['connection-list.claim.close.came', { code: ended.code, heard }]
      : ['connection-list.claim.close.open', { seconds: SOON / 1000, heard }];
    return verdict(ended?.code === 1000 && heard === text, expected, came);
  },
};

const gone: Claim = {
  id: 'gone',
  async check(context) {
    const sockets = await connect(context, 'a', 'a', 'a');
    const [first, leaver, last] = sockets;
    const stayed = sockets.filter((socket) => socket !== leaver);
    const texts = ['who is left?', 'who is new?'].map((text) => text + MARK);
    const expected: Said = ['connection-list.claim.gone.expected', { text: told(texts) }];
    leaver?.close(1000);
    await leaver?.ended();
    first?.send('who is left?');
    await hears([first, last], `who is left?${MARK}`, expected);
    // Once another has come, the server must have seen that one has gone.
    const [comer] = await connect(context, 'a');
    first?.send('who is new?');
    await hears([first, last], `who is new?${MARK}`, expected);
    const right = stayed.every((socket) => told(socket.texts) === told(texts));
    const came: Said = ['connection-list.claim.gone.came', { heard: heardBy(stayed) }];
    for (const socket of [...stayed, comer]) socket?.close();
    return verdict(right, expected, came);
  },
};

const notesAddress: Claim = {
  id: 'notes-address',
  async check(context) {
    const paths = [`/room/${context.room}/`, `/room/${context.room}_/`];
    const [here, there] = await openSockets(context.url, paths, context.signal);
    // Others may be on this list too: a text of our own is looked for.
    const own = `from ${context.room}`;
    const text = own + MARK;
    const expected: Said = ['connection-list.claim.notes-address.expected', { text }];
    here?.send(own);
    await hears([there], text, expected);
    const heard = told((there?.texts ?? []).filter((one) => one.includes(own)));
    for (const socket of [here, there]) socket?.close();
    return verdict(heard === text, expected, [
      'connection-list.claim.notes-address.came',
      { heard },
    ]);
  },
};

const processesApart: Claim = {
  id: 'processes-apart',
  needs: 'processes',
  async check(context) {
    const [here] = await connect(context, 'a');
    const [there] = await connect({ ...context, url: context.other }, 'a');
    const texts = ['said here', 'said there'].map((text) => text + MARK);
    const expected: Said = [
      'connection-list.claim.processes-apart.expected',
      { here: texts[0] ?? '', there: texts[1] ?? '' },
    ];
    here?.send('said here');
    await hears([here], texts[0] ?? '', expected);
    // What had come over would be there before what is said there afterwards.
    there?.send('said there');
    await hears([there], texts[1] ?? '', expected);
    const heard = [here, there].map((socket) => told(socket?.texts ?? []));
    for (const socket of [here, there]) socket?.close();
    return verdict(list(heard) === list(texts), expected, [
      'connection-list.claim.processes-apart.came',
      { here: heard[0] ?? '', there: heard[1] ?? '' },
    ]);
  },
};

/** What the lesson on the connection list claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  allHear,
  roomsLeak,
  listsApart,
  close,
  gone,
  notesAddress,
  processesApart,
];
