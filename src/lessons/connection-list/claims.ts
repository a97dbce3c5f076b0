import { type Claim, type ClaimContext, verdict } from '../claim.ts';
import { list } from '../messages.ts';
import { openSockets, type Socket } from '../socket.ts';

const MARK = ' ✓';
const pathOf = (name: string, group: string) => `/live/connection-list/${name}/room/${group}/`;

/** Connections to groups of the check's own list. */
const connect = (context: ClaimContext, ...groups: string[]) =>
  openSockets(
    context.url,
    groups.map((group) => pathOf(context.room, group)),
    context.signal,
  );

const has = (text: string) => (texts: readonly string[]) => texts.includes(text + MARK);
const heardBy = (sockets: readonly Socket[]) =>
  sockets.map(({ texts }) => `[${list(texts)}]`).join(' ');

const allHear: Claim = {
  id: 'all-hear',
  async check(context) {
    const sockets = await connect(context, 'a', 'a', 'a');
    sockets[0]?.send('hello');
    await Promise.all(sockets.map((socket) => socket.until(has('hello'), `hello${MARK}`)));
    const right = sockets.every(({ texts }) => list(texts) === `hello${MARK}`);
    for (const socket of sockets) socket.close();
    return verdict(
      right,
      ['connection-list.claim.all-hear.expected', { text: `hello${MARK}`, many: sockets.length }],
      ['connection-list.claim.all-hear.came', { heard: heardBy(sockets) }],
    );
  },
};

const roomsLeak: Claim = {
  id: 'rooms-leak',
  async check(context) {
    const sockets = await connect(context, 'kitchen', 'garden');
    const [kitchen, garden] = sockets;
    kitchen?.send('said in the kitchen');
    await garden?.until(has('said in the kitchen'), `said in the kitchen${MARK}`);
    for (const socket of sockets) socket.close();
    return verdict(
      true,
      ['connection-list.claim.rooms-leak.expected', { text: `said in the kitchen${MARK}` }],
      ['connection-list.claim.rooms-leak.came', { heard: list(garden?.texts ?? []) }],
    );
  },
};

const listsApart: Claim = {
  id: 'lists-apart',
  async check(context) {
    const here = await connect(context, 'a');
    const there = await connect({ ...context, room: `${context.room}_` }, 'a');
    here[0]?.send('here');
    await here[0]?.until(has('here'), `here${MARK}`);
    // What had leaked would be there before what is said there afterwards.
    there[0]?.send('there');
    const heard = list((await there[0]?.until(has('there'), `there${MARK}`)) ?? []);
    for (const socket of [...here, ...there]) socket.close();
    return verdict(
      heard === `there${MARK}`,
      ['connection-list.claim.lists-apart.expected', { text: `there${MARK}` }],
      ['connection-list.claim.lists-apart.came', { heard }],
    );
  },
};

const close: Claim = {
  id: 'close',
  async check(context) {
    const [leaver, stayer] = await connect(context, 'a', 'a');
    leaver?.send('close');
    const code = (await leaver?.closed)?.code ?? 0;
    stayer?.send('still here');
    const heard = list((await stayer?.until(has('still here'), `still here${MARK}`)) ?? []);
    stayer?.close();
    return verdict(
      code === 1000 && heard === `still here${MARK}`,
      ['connection-list.claim.close.expected', { text: `still here${MARK}` }],
      ['connection-list.claim.close.came', { code, heard }],
    );
  },
};

const gone: Claim = {
  id: 'gone',
  async check(context) {
    const [first, leaver, last] = await connect(context, 'a', 'a', 'a');
    leaver?.close(1000);
    await leaver?.closed;
    first?.send('who is left?');
    const stayed = [first, last].filter((socket) => socket !== undefined);
    await Promise.all(
      stayed.map((socket) => socket.until(has('who is left?'), `who is left?${MARK}`)),
    );
    const right = stayed.every(({ texts }) => list(texts) === `who is left?${MARK}`);
    for (const socket of stayed) socket.close();
    return verdict(
      right && leaver?.texts.length === 0,
      ['connection-list.claim.gone.expected', { text: `who is left?${MARK}` }],
      ['connection-list.claim.gone.came', { heard: heardBy(stayed) }],
    );
  },
};

const notesAddress: Claim = {
  id: 'notes-address',
  async check(context) {
    const paths = [`/room/${context.room}/`, `/room/${context.room}_/`];
    const [here, there] = await openSockets(context.url, paths, context.signal);
    // Others may be on this list too: a text of our own is looked for.
    const text = `from ${context.room}`;
    here?.send(text);
    const texts = (await there?.until(has(text), text + MARK)) ?? [];
    for (const socket of [here, there]) socket?.close();
    return verdict(
      true,
      ['connection-list.claim.notes-address.expected', { text: text + MARK }],
      [
        'connection-list.claim.notes-address.came',
        { heard: list(texts.filter((one) => one === text + MARK)) },
      ],
    );
  },
};

/** What the lesson on the connection list claims of any server that follows the contract. */
export const claims: readonly Claim[] = [allHear, roomsLeak, listsApart, close, gone, notesAddress];
