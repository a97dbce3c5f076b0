import type { WebSocket } from 'ws';
import {
  builderServer,
  type Log,
  logs,
  type Message,
  placeOf,
  stamp,
  tell,
  type Words,
} from './builder-server.ts';

export type Wrong =
  | 'mixes up its groups'
  | 'tells the sender first'
  | 'loses every tenth message'
  | 'sends every message twice'
  | 'gives every message the same id'
  | 'gives numbers for ids'
  | 'leaves out the sender'
  | 'takes the client’s id'
  | 'takes the client’s time'
  | 'counts seconds'
  | 'says nothing to nonsense'
  | 'closes on nonsense'
  | 'refuses nonsense in its own way'
  | 'takes an empty text'
  | 'is silent after nonsense'
  | 'lets the client’s type choose'
  | 'takes a type for nonsense'
  | 'replays nothing'
  | 'replays the whole log'
  | 'replays everything twice'
  | 'replays when it has listened for a while'
  | 'listens when it has replayed for a while'
  | 'sends the log to everyone'
  | 'tells its second process nothing'
  | 'has a log in each process';

const PROBLEM = { type: 'urn:on-the-wire:malformed', detail: 'Send {"sender","text"}.' };

/** A builder's server for the lesson on the channel layer, as short as they come; wrong on purpose. */
export function wrongChannelLayerServer(wrong?: Wrong) {
  // What its two processes would have in Redis is in this one's memory.
  const [logOf, ownLogOf] = [logs(), logs()];
  const second = (group: string): Log => {
    if (wrong === 'has a log in each process') return ownLogOf(group);
    if (wrong !== 'tells its second process nothing') return logOf(group);
    return { messages: logOf(group).messages, listeners: ownLogOf(group).listeners };
  };
  return builderServer({ meet: met(logOf), other: () => builderServer({ meet: met(second) }) });

  function met(find: (group: string) => Log) {
    return ({ pathname, searchParams }: URL) => {
      const group = /^\/live\/channel-layer\/room\/(\w+)\/$/.exec(pathname)?.[1];
      if (group === undefined) return undefined;
      const log = find(wrong === 'mixes up its groups' ? '' : group);
      return (socket: WebSocket) => join(socket, log, searchParams.get('after'));
    };
  }

  function join(socket: WebSocket, log: Log, after: string | null): void {
    let silent = false;
    const send = (message: Message) => {
      const times = wrong === 'sends every message twice' ? 2 : 1;
      if (wrong === 'loses every tenth message' && Number(message.id) % 10 === 0) return;
      for (let time = 0; time < times; time += 1) socket.send(JSON.stringify(asSent(message)));
    };
    const listen = () => log.listeners.add(send);
    const place = after === null ? log.messages.length : (placeOf(after) ?? 0);
    const everything = wrong === 'replays the whole log' && after !== null;
    const from = everything || wrong === 'sends the log to everyone' ? 0 : place;
    const missed = wrong === 'replays nothing' ? [] : log.messages.slice(from);
    const replay = () => {
      missed.forEach(send);
      if (wrong === 'replays everything twice') missed.forEach(send);
    };
    if (wrong === 'replays when it has listened for a while') setTimeout(replay, 100);
    else replay();
    if (after && wrong === 'listens when it has replayed for a while') setTimeout(listen, 100);
    else listen();
    socket.on('close', () => log.listeners.delete(send));

    socket.on('message', (data: Buffer) => {
      const words = wordsIn(data.toString());
      if (!words) {
        silent = wrong === 'is silent after nonsense';
        if (wrong === 'says nothing to nonsense') return;
        if (wrong === 'closes on nonsense') return socket.close(1003, 'nonsense');
        if (wrong === 'refuses nonsense in its own way') return socket.send('{"error":"nonsense"}');
        return socket.send(JSON.stringify({ problem: PROBLEM }));
      }
      if (silent) return;
      if (words.type === 'websocket.close' && wrong === 'lets the client’s type choose')
        return socket.close();
      const message = stamp(log, words);
      if (wrong === 'takes the client’s id') message.id = words.id ?? message.id;
      if (wrong === 'takes the client’s time') message.at = words.at ?? message.at;
      if (wrong === 'tells the sender first') {
        send(message);
        setTimeout(() => {
          for (const listener of log.listeners) if (listener !== send) listener(message);
        }, 20);
      } else if (wrong === 'leaves out the sender') {
        for (const listener of log.listeners) if (listener !== send) listener(message);
      } else tell(log, message);
    });
  }

  function asSent(message: Message): unknown {
    if (wrong === 'gives every message the same id') return { ...message, id: '1' };
    if (wrong === 'gives numbers for ids') return { ...message, id: Number(message.id) };
    if (wrong === 'counts seconds') return { ...message, at: Math.round(message.at / 1000) };
    return message;
  }

  /** What a client sent, or undefined for nonsense. */
  function wordsIn(text: string): (Words & Partial<Message> & { type?: string }) | undefined {
    try {
      const words = JSON.parse(text) as Words & { type?: string };
      if (wrong === 'takes a type for nonsense' && words.type !== undefined) return undefined;
      if (wrong === 'takes an empty text' && words.text === '') return words;
      return words.sender && words.text ? words : undefined;
    } catch {
      return undefined;
    }
  }
}
