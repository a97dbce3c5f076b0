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
  | 'ends its answer after each event'
  | 'calls the stream text/plain'
  | 'has nothing to say until there is a message'
  | 'sends its head, and no byte more'
  | 'sends the whole log to everyone'
  | 'gives no ids'
  | 'counts its ids anew for each stream'
  | 'stamps a message anew for each stream'
  | 'ignores Last-Event-ID'
  | 'replays the whole log'
  | 'replays everything twice'
  | 'believes the address first'
  | 'loses every tenth message'
  | 'sends every message twice'
  | 'swaps two messages in a burst'
  | 'sends messages of its own kind'
  | 'takes any cursor'
  | 'takes any header'
  | 'refuses in plain text'
  | 'never answers nonsense';

/** A builder's server for the lesson on server-sent events, as short as they come; wrong on purpose. */
export function wrongServerSentEventsServer(wrong?: Wrong) {
  const logOf = logs();
  return builderServer({
    async answer(request, response, url) {
      const log = logOf(url.pathname);
      if (request.method === 'POST') {
        const message = stamp(log, await wordsOf(request));
        tell(log, message);
        return sendJson(response, 201, message);
      }
      const places = [request.headers['last-event-id']?.toString(), url.searchParams.get('after')];
      if (wrong === 'believes the address first') places.reverse();
      if (wrong === 'ignores Last-Event-ID') places.shift();
      if (wrong === 'takes any header' && places[0] === 'nonsense!') places[0] = '0';
      const asked = places.find((place) => typeof place === 'string');
      const now = wrong === 'sends the whole log to everyone' ? 0 : log.messages.length;
      let place = asked === undefined ? now : placeOf(asked);
      if (wrong === 'takes any cursor') place ??= 0;
      if (asked !== undefined && wrong === 'replays the whole log') place = 0;
      if (place === undefined && wrong === 'never answers nonsense') return;
      if (place === undefined)
        return refuse(
          response,
          400,
          'malformed',
          wrong === 'refuses in plain text' ? 'text/plain' : undefined,
        );

      const mime = wrong === 'calls the stream text/plain' ? 'text/plain' : 'text/event-stream';
      response.writeHead(200, { 'Content-Type': mime });
      if (wrong === 'sends its head, and no byte more') response.flushHeaders();
      else if (wrong !== 'has nothing to say until there is a message') response.write(':\n\n');
      let sent = 0;
      const write = (message: Message) => {
        if (response.writableEnded) return;
        sent += 1;
        const id = wrong === 'counts its ids anew for each stream' ? `${sent}` : message.id;
        const said =
          wrong === 'stamps a message anew for each stream'
            ? { ...message, id: `${message.id}-${sent}` }
            : wrong === 'sends messages of its own kind'
              ? { from: message.sender, text: message.text }
              : message;
        response.write(
          `${wrong === 'gives no ids' ? '' : `id: ${id}\n`}data: ${JSON.stringify(said)}\n\n`,
        );
        if (wrong === 'ends its answer after each event') response.end();
      };
      const times = wrong === 'replays everything twice' ? 2 : 1;
      for (let time = 0; time < times; time += 1) log.messages.slice(place).forEach(write);
      const listener = live(write);
      log.listeners.add(listener);
      response.on('close', () => log.listeners.delete(listener));
    },
  });

  /** A listener that writes what comes, after what is wrong with it. */
  function live(write: (message: Message) => void): (message: Message) => void {
    if (wrong === 'loses every tenth message')
      return (message) => Number(message.id) % 10 > 0 && write(message);
    if (wrong === 'sends every message twice')
      return (message) => [message, message].forEach(write);
    if (wrong !== 'swaps two messages in a burst') return write;
    let kept: Message | undefined;
    return (message) => {
      if (message.id === '3') kept = message;
      else for (const one of [message, kept]) if (one) write(one);
      if (message.id !== '3') kept = undefined;
    };
  }
}
