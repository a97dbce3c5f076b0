import { type Message, parseMessage } from '../protocol/message.ts';
import { type ClaimContext, Unexpected } from './claim.ts';
import { fetchJson, jsonPost } from './contract-requests.ts';

/** `at` may differ from our clock by this many ms: clocks differ, but not their units. */
const CLOCKS_APART = 86_400_000;

/** The messages of a room in one of the lessons over HTTP: where all of them take a POST. */
export const messagesOf = ({ url, room }: ClaimContext, slug: string) =>
  `${url}/live/${slug}/rooms/${room}/messages`;

/** Posts a text as Bob; throws Unexpected where the answer is not that message. */
export async function postTo(url: string, text: string, signal: AbortSignal): Promise<Message> {
  const body = JSON.stringify({ sender: 'Bob', text });
  const message = await fetchJson(url, jsonPost(body, signal), 201, parseMessage);
  if (message.text !== text)
    throw new Unexpected(['claim.echo', { text }], ['claim.echo.came', { text: message.text }]);
  if (Math.abs(message.at - Date.now()) > CLOCKS_APART)
    throw new Unexpected(['claim.at', { now: Date.now() }], ['claim.at.came', { at: message.at }]);
  return message;
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

/**
 * Whether each was received once, and by all readers in one order; the worst count; and whether
 * nothing but the order is wrong.
 */
export function eachOnce(sent: readonly string[], readers: readonly (readonly Message[])[]) {
  const counts = readers.map((received) => count(sent, received));
  const worst = counts.find(
    ({ missing, repeated, foreign, ids, received }) =>
      missing + repeated + foreign > 0 || ids !== received,
  );
  const orders = new Set(readers.map((received) => received.map(({ id }) => id).join()));
  const disordered = !worst && orders.size > 1;
  return {
    holds: !worst && !disordered,
    disordered,
    counts: worst ?? count(sent, readers[0] ?? []),
  };
}

/** Texts to send: message 1, message 2, … */
export const numbered = (many: number) =>
  Array.from({ length: many }, (_, index) => `message ${index + 1}`);

/** Texts in a row, for a verdict. */
export const list = (texts: readonly string[]) => texts.join(', ') || '–';

export const textsOf = (messages: readonly Message[]) => messages.map(({ text }) => text);
