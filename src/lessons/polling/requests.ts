import { type Message, parseMessage, parseReading, type Reading } from '../../protocol/message.ts';
import { PollingTransport } from '../../transports/polling.ts';
import { type ClaimContext, Unexpected } from '../claim.ts';
import { fetchJson, jsonPost } from '../contract-requests.ts';

/** A room's messages: both endpoints of the lesson. */
export const messagesOf = ({ url, room }: ClaimContext) =>
  `${url}/live/polling/rooms/${room}/messages`;

/** A reader that asks every `interval` ms. */
export const polling = (context: ClaimContext, interval: number) =>
  new PollingTransport(messagesOf(context), { sender: 'Alice', interval });

/** `at` may differ from our clock by this many ms: clocks differ, but not their units. */
const CLOCKS_APART = 86_400_000;

/** Posts a text as Bob; throws Unexpected where the answer is not that message. */
export async function post(context: ClaimContext, text: string): Promise<Message> {
  const body = JSON.stringify({ sender: 'Bob', text });
  const init = jsonPost(body, context.signal);
  const message = await fetchJson(messagesOf(context), init, 201, parseMessage);
  if (message.text !== text)
    throw new Unexpected(['claim.echo', { text }], ['claim.echo.came', { text: message.text }]);
  if (Math.abs(message.at - Date.now()) > CLOCKS_APART)
    throw new Unexpected(['claim.at', { now: Date.now() }], ['claim.at.came', { at: message.at }]);
  return message;
}

/** What came after a cursor; throws Unexpected where the answer is no reading. */
export function read(context: ClaimContext, after: string): Promise<Reading> {
  const url = `${messagesOf(context)}?after=${encodeURIComponent(after)}`;
  return fetchJson(url, { signal: context.signal }, 200, parseReading);
}

/** What a reader received, against what was sent. */
export function count(sent: readonly string[], received: readonly Message[]) {
  const texts = new Set(received.map(({ text }) => text));
  const missing = sent.filter((text) => !texts.has(text)).length;
  const ids = new Set(received.map(({ id }) => id)).size;
  const foreign = [...texts].filter((text) => !sent.includes(text)).length;
  const repeated = received.length - texts.size;
  return { received: received.length, missing, repeated, foreign, ids };
}

/** Texts to send: message 1, message 2, … */
export const numbered = (many: number) =>
  Array.from({ length: many }, (_, index) => `message ${index + 1}`);

/** Messages in a few words, for a verdict. */
export const told = (messages: readonly Message[]) =>
  messages.map(({ id, sender, at }) => `${sender} ${at} ${id}`).join(', ') || '–';

/** Texts in a row, for a verdict. */
export const list = (texts: readonly string[]) => texts.join(', ') || '–';
