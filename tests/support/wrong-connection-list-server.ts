import type { WebSocket } from 'ws';
import { builderServer } from './builder-server.ts';

export type Wrong =
  | 'leaves out the sender'
  | 'adds no mark'
  | 'sends every message twice'
  | 'sends bytes'
  | 'keeps its rooms apart'
  | 'has one list for all'
  | 'says “close” aloud'
  | 'says “close” aloud, and closes'
  | 'ignores “close”'
  | 'closes with 1001'
  | 'walks its list while it shrinks'
  | 'keeps the gone, and fails on them'
  | 'takes one too many off its list'
  | 'has no short address'
  | 'has a list for each room at the short address'
  | 'has one list for both its processes';

interface Member {
  socket: WebSocket;
  group: string;
}

/** A builder's server for the lesson on the connection list, as short as they come; wrong on purpose. */
export function wrongConnectionListServer(wrong?: Wrong) {
  const [lists, ownLists] = [new Map<string, Member[]>(), new Map<string, Member[]>()];
  const second = wrong === 'has one list for both its processes' ? lists : ownLists;
  return builderServer({ meet: met(lists), other: () => builderServer({ meet: met(second) }) });

  function met(lists: Map<string, Member[]>) {
    return ({ pathname }: URL) => {
      const [, name, long, short] =
        /^(?:\/live\/connection-list\/(\w+)\/room\/(\w+)\/|\/room\/(\w+)\/)$/.exec(pathname) ?? [];
      const group = long ?? short;
      if (group === undefined) return undefined;
      if (short && wrong === 'has no short address') return undefined;
      const each = short && wrong === 'has a list for each room at the short address';
      const key = wrong === 'has one list for all' ? '' : (name ?? (each ? `-${group}` : '-'));
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      return (socket: WebSocket) => join(list, { socket, group });
    };
  }

  function join(list: Member[], member: Member): void {
    const { socket } = member;
    list.push(member);
    socket.on('message', (data: Buffer) => {
      const text = data.toString();
      const closes = text === 'close' && wrong !== 'says “close” aloud';
      if (closes && wrong !== 'ignores “close”')
        socket.close(wrong === 'closes with 1001' ? 1001 : 1000);
      if (text === '' || (closes && wrong !== 'says “close” aloud, and closes')) return;
      say(list, member, text);
    });
    socket.on('close', () => {
      if (wrong === 'walks its list while it shrinks') return; // it is seen when it is written to
      if (wrong === 'keeps the gone, and fails on them') return;
      list.splice(list.indexOf(member), 1);
      if (wrong === 'takes one too many off its list') list.splice(list.indexOf(member), 1);
    });
  }

  function say(list: Member[], from: Member, text: string): void {
    const marked = wrong === 'adds no mark' ? text : `${text} ✓`;
    const shrinks = wrong === 'walks its list while it shrinks';
    for (const member of shrinks ? list : [...list]) {
      if (member === from && wrong === 'leaves out the sender') continue;
      if (member.group !== from.group && wrong === 'keeps its rooms apart') continue;
      if (member.socket.readyState > 1 && wrong === 'keeps the gone, and fails on them') return;
      if (member.socket.readyState > 1 && shrinks) list.splice(list.indexOf(member), 1);
      else member.socket.send(wrong === 'sends bytes' ? Buffer.from(marked) : marked);
      if (wrong === 'sends every message twice') member.socket.send(marked);
    }
  }
}
