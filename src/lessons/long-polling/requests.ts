import { type Message, parseReading, type Reading } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { parseProblem } from '../../protocol/problem.ts';
import { parseNewReader } from '../../protocol/reader.ts';
import type { ClaimContext } from '../claim.ts';
import { fetchJson } from '../contract-requests.ts';
import { messagesOf, postTo } from '../messages.ts';

const roomOf = ({ url, room }: ClaimContext) => `${url}/live/long-polling/rooms/${room}`;

/** Posts a text as Bob. */
export const post = (context: ClaimContext, text: string): Promise<Message> =>
  postTo(messagesOf(context, 'long-polling'), text, context.signal);

/** A new reader's id. */
export async function newReader(context: ClaimContext): Promise<string> {
  const init = { method: 'POST', signal: context.signal };
  return (await fetchJson(`${roomOf(context)}/readers`, init, 201, parseNewReader)).reader;
}

function queueOf(context: ClaimContext, reader: string, wait: number, after?: string): string {
  const query = new URLSearchParams({ wait: String(wait) });
  if (after !== undefined) query.set('after', after);
  return `${roomOf(context)}/readers/${encodeURIComponent(reader)}/messages?${query}`;
}

/** A question, held for up to `wait` seconds; throws Unexpected where the answer is no reading. */
export const ask = (
  context: ClaimContext,
  reader: string,
  wait: number,
  after?: string,
): Promise<Reading> =>
  fetchJson(queueOf(context, reader, wait, after), { signal: context.signal }, 200, parseReading);

/** The same, whatever comes: its status and the problem's type. */
export async function askAnyhow(
  context: ClaimContext,
  reader: string,
  wait: number,
  after?: string,
) {
  const init = { signal: context.signal, cache: 'no-store' as const };
  const response = await fetch(queueOf(context, reader, wait, after), init);
  const problem = parseProblem(parseJson(await response.text()));
  return { status: response.status, type: problem?.type ?? '–' };
}

/** The server is to forget a reader. */
export async function forget(context: ClaimContext, reader: string): Promise<void> {
  const url = `${roomOf(context)}/readers/${encodeURIComponent(reader)}`;
  await fetch(url, { method: 'DELETE', signal: context.signal });
}
