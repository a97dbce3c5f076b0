import type { ServerResponse } from 'node:http';
import {
  builderServer,
  logs,
  type Message,
  placeOf,
  refuse,
  sendJson,
  stamp,
  tell,
  wordsOf,
} from './builder-server.ts';

export type Wrong =
  | 'answers at once'
  | 'holds for 20 s, whatever is asked for'
  | 'sleeps through a message'
  | 'gives a new reader all that was ever said'
  | 'forgets what is said between two questions'
  | 'loses every tenth message'
  | 'sends every message twice'
  | 'gives every message the same id'
  | 'gives every second reader another order'
  | 'forgets a message as soon as it is sent'
  | 'never takes a message for received'
  | 'believes a cursor only while it is there'
  | 'lets both questions stand'
  | 'refuses the second question'
  | 'ends the first question with an empty answer'
  | 'refuses in plain text'
  | 'makes a reader for whoever asks'
  | 'starts a forgotten reader from now'
  | 'cannot forget a reader';

interface Reader {
  place: number;
  number: number;
  /** Ends the question that is held. */
  takeOver: (() => void) | undefined;
}

/** A builder's server for the long-polling lesson, as short as they come; wrong on purpose. */
export function wrongLongPollingServer(wrong?: Wrong) {
  const logOf = logs();
  const readers = new Map<string, Reader>();
  const newReader = (id: string, place: number) => {
    const reader: Reader = { place, number: readers.size, takeOver: undefined };
    readers.set(id, reader);
    return reader;
  };
  const mime = wrong === 'refuses in plain text' ? 'text/plain' : undefined;

  return builderServer({
    async answer(request, response, url) {
      const [, room = '', what, id = ''] =
        /^\/live\/long-polling\/rooms\/(\w+)\/(readers|messages)(?:\/(\w+))?/.exec(url.pathname) ??
        [];
      const log = logOf(room);
      const end = log.messages.length;
      if (request.method === 'DELETE') {
        if (wrong === 'cannot forget a reader') return refuse(response, 405, 'method-not-allowed');
        readers.delete(id);
        return void response.writeHead(204).end();
      }
      if (request.method === 'POST' && what === 'messages') {
        const message = stamp(log, await wordsOf(request));
        tell(log, message);
        return sendJson(response, 201, message);
      }
      if (request.method === 'POST') {
        const reader = crypto.randomUUID().replaceAll('-', '');
        newReader(reader, wrong === 'gives a new reader all that was ever said' ? 0 : end);
        return sendJson(response, 201, { reader });
      }

      const after = url.searchParams.get('after') ?? undefined;
      const asked = after === undefined ? undefined : placeOf(after);
      if (after !== undefined && asked === undefined) return refuse(response, 400, 'malformed');
      let reader = readers.get(id);
      const { place } = reader ?? { place: undefined };
      if (!reader) {
        if (asked === undefined && wrong !== 'makes a reader for whoever asks')
          return refuse(response, 404, 'unknown-reader', mime);
        reader = newReader(id, end);
        if (asked !== undefined && wrong !== 'starts a forgotten reader from now')
          reader.place = asked;
      } else if (asked !== undefined && wrong !== 'never takes a message for received')
        reader.place = asked;
      const from = wrong === 'forgets what is said between two questions' ? end : reader.place;
      if (wrong === 'believes a cursor only while it is there') reader.place = place ?? from;

      if (reader.takeOver && wrong === 'refuses the second question')
        return refuse(response, 409, 'taken-over');
      if (wrong !== 'lets both questions stand') reader.takeOver?.();
      const wait =
        wrong === 'holds for 20 s, whatever is asked for'
          ? 20
          : Number(url.searchParams.get('wait') ?? 20);
      hold(response, wrong === 'answers at once' ? 0 : wait, reader, from);

      function hold(response: ServerResponse, wait: number, reader: Reader, from: number) {
        const answer = () => {
          if (!over()) return;
          if (wrong === 'forgets a message as soon as it is sent')
            reader.place = log.messages.length;
          const messages = asSent(log.messages.slice(from), reader);
          sendJson(response, 200, { messages, after: String(log.messages.length), skipped: 0 });
        };
        const takeOver = () => {
          if (!over()) return;
          if (wrong !== 'ends the first question with an empty answer')
            return refuse(response, 409, 'taken-over', mime);
          sendJson(response, 200, { messages: [], after: String(from), skipped: 0 });
        };
        const over = () => {
          clearTimeout(timer);
          log.listeners.delete(answer);
          if (reader.takeOver === takeOver) reader.takeOver = undefined;
          return !response.writableEnded;
        };
        const timer = setTimeout(answer, wait * 1000);
        response.on('close', over);
        reader.takeOver = takeOver;
        if (wrong !== 'sleeps through a message') log.listeners.add(answer);
        if (log.messages.length > from) answer();
      }
    },
  });

  /** The messages of an answer, after what is wrong with it. */
  function asSent(messages: readonly Message[], { number }: Reader): Message[] {
    if (wrong === 'loses every tenth message')
      return messages.filter(({ id }) => Number(id) % 10 > 0);
    if (wrong === 'sends every message twice') return messages.flatMap((one) => [one, one]);
    if (wrong === 'gives every message the same id')
      return messages.map((message) => ({ ...message, id: '1' }));
    if (wrong === 'gives every second reader another order' && number % 2 === 1)
      return messages.toReversed();
    return [...messages];
  }
}
