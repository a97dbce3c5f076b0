import { type Message, parseReading, type Reading } from '../../protocol/message.ts';
import { PollingTransport } from '../../transports/polling.ts';
import type { ClaimContext } from '../claim.ts';
import { fetchJson } from '../contract-requests.ts';
import { messagesOf as messagesOfLesson, postTo } from '../messages.ts';

/** A room's messages: both endpoints of the lesson. */
export const messagesOf = (context: ClaimContext) => messagesOfLesson(context, 'polling');

/** A reader that asks every `interval` ms. */
export const polling = (context: ClaimContext, interval: number) =>
  new PollingTransport(messagesOf(context), { sender: 'Alice', interval });

/** Posts a text as Bob. */
export const post = (context: ClaimContext, text: string) =>
  postTo(messagesOf(context), text, context.signal);

/** What came after a cursor; throws Unexpected where the answer is no reading. */
export function read(context: ClaimContext, after: string): Promise<Reading> {
  const url = `${messagesOf(context)}?after=${encodeURIComponent(after)}`;
  return fetchJson(url, { signal: context.signal }, 200, parseReading);
}

/** Messages in a few words, for a verdict. */
export const told = (messages: readonly Message[]) =>
  messages.map(({ id, sender, at }) => `${sender} ${at} ${id}`).join(', ') || '–';
