import { eventStreamParser, type ReceivedEvent } from '../../protocol/event-stream.ts';
import { type Message, parseMessage } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { type ClaimContext, type Said, SOON, soon, Unexpected } from '../claim.ts';
import { messagesOf, postTo } from '../messages.ts';

/** A room's messages: both endpoints of the lesson. */
export const streamOf = (context: ClaimContext) => messagesOf(context, 'server-sent-events');

/** Posts a text as Bob. */
export const post = (context: ClaimContext, text: string): Promise<Message> =>
  postTo(streamOf(context), text, context.signal);

/** A stream as it comes, read by our own parser: a check sees more of it than an EventSource shows. */
export interface OpenStream {
  status: number;
  type: string;
  /** Resolves with how many bytes of the body came, when there is one or it is too late. */
  firstBytes: () => Promise<number>;
  /** The events named `message` up to the one with this text; those that came, where it does not. */
  eventsUntil: (text: string) => Promise<ReceivedEvent[]>;
  close: () => void;
}

interface Place {
  after?: string;
  lastEventId?: string;
}

/** Asks for a stream; resolves with its head, or undefined where none comes. */
export async function askForStream(context: ClaimContext, { after, lastEventId }: Place = {}) {
  const end = new AbortController();
  const query = after === undefined ? '' : `?${new URLSearchParams({ after })}`;
  const asked = fetch(streamOf(context) + query, {
    cache: 'no-store',
    headers: {
      Accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    },
    signal: AbortSignal.any([context.signal, end.signal]),
  });
  const response = await soon(asked);
  if (!response) asked.catch(() => {}); // it ends with the check
  return response && { response, close: () => end.abort() };
}

/** Opens a stream; resolves with its head. Throws Unexpected where what comes is no event stream. */
export async function openStream(context: ClaimContext, place?: Place): Promise<OpenStream> {
  const asked = await askForStream(context, place);
  const expected: Said = ['claim.stream'];
  if (!asked) throw new Unexpected(expected, ['claim.stream.never', { seconds: SOON / 1000 }]);
  const { response, close } = asked;
  const { status } = response;
  const type = response.headers.get('Content-Type') ?? '–';
  if (status !== 200 || !/^text\/event-stream\b/.test(type) || !response.body) {
    close();
    throw new Unexpected(expected, ['claim.stream.came', { status, type }]);
  }
  const events: ReceivedEvent[] = [];
  const checks = new Set<() => void>();
  let bytes = 0;
  const ended = read(response.body, (piece, received) => {
    bytes += piece.length;
    events.push(...received.filter((event) => event.type === 'message'));
    for (const check of [...checks]) check();
  }).catch(() => {}); // cut short, it has ended too

  async function until(enough: () => boolean) {
    const came = Promise.withResolvers<void>();
    const check = () => {
      if (enough()) came.resolve();
    };
    checks.add(check);
    check();
    await soon(Promise.race([came.promise, ended]));
    checks.delete(check);
  }

  return {
    status,
    type,
    async firstBytes() {
      await until(() => bytes > 0);
      return bytes;
    },
    async eventsUntil(text) {
      await until(() => textsIn(events).includes(text));
      const last = textsIn(events).indexOf(text);
      return last === -1 ? [...events] : events.slice(0, last + 1);
    },
    close,
  };
}

/** Reads a stream to its end, and tells each piece and the events that it completes. */
async function read(
  body: ReadableStream<Uint8Array>,
  tell: (piece: Uint8Array, received: ReceivedEvent[]) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parser = eventStreamParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    tell(value, parser.push(decoder.decode(value, { stream: true })));
  }
}

/** The texts of events. */
export const textsIn = (events: readonly ReceivedEvent[]): string[] =>
  events.map(({ data }) => {
    const message = parseMessage(parseJson(data));
    return message.ok ? message.value.text : data;
  });
