import { eventStreamParser, type ReceivedEvent } from '../../protocol/event-stream.ts';
import { type Message, parseMessage } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { type ClaimContext, Unexpected } from '../claim.ts';
import { messagesOf, postTo } from '../messages.ts';

/** A room's messages: both endpoints of the lesson. */
export const streamOf = (context: ClaimContext) => messagesOf(context, 'server-sent-events');

/** Posts a text as Bob. */
export const post = (context: ClaimContext, text: string): Promise<Message> =>
  postTo(streamOf(context), text, context.signal);

/** A stream as it comes, read by our own parser: a check sees more of it than an EventSource shows. */
export interface OpenStream {
  response: Response;
  /** Bytes of the body that came so far. */
  bytes: () => number;
  /** The first so many events named `message`; fewer where the stream ends before. */
  events: (many: number) => Promise<ReceivedEvent[]>;
  close: () => void;
}

/** Opens a stream; resolves with its head and its first piece of body. */
export async function openStream(
  context: ClaimContext,
  { after, lastEventId }: { after?: string; lastEventId?: string } = {},
): Promise<OpenStream> {
  const end = new AbortController();
  const query = after === undefined ? '' : `?${new URLSearchParams({ after })}`;
  const response = await fetch(streamOf(context) + query, {
    cache: 'no-store',
    headers: {
      Accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    },
    signal: AbortSignal.any([context.signal, end.signal]),
  });
  if (response.status !== 200 || !response.body)
    throw new Unexpected(
      ['claim.status', { method: 'GET', status: 200 }],
      ['claim.status.came', { status: response.status, body: '' }],
    );
  const reader = response.body.getReader();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parser = eventStreamParser();
  const events: ReceivedEvent[] = [];
  let bytes = 0;
  const more = async () => {
    const { done, value } = await reader.read();
    bytes += value?.length ?? 0;
    events.push(...parser.push(decoder.decode(value, { stream: true })));
    return !done;
  };
  await more();
  return {
    response,
    bytes: () => bytes,
    async events(many) {
      const said = () => events.filter(({ type }) => type === 'message');
      while (said().length < many && (await more()));
      return said().slice(0, many);
    },
    close: () => end.abort(),
  };
}

/** The texts of events. */
export const textsIn = (events: readonly ReceivedEvent[]): string[] =>
  events.map(({ data }) => {
    const message = parseMessage(parseJson(data));
    return message.ok ? message.value.text : data;
  });
