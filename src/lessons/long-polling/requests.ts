import { type Message, parseReading, type Reading } from '../../protocol/message.ts';
import { good, parseJson } from '../../protocol/parse.ts';
import { parseProblem } from '../../protocol/problem.ts';
import { parseNewReader } from '../../protocol/reader.ts';
import { type ClaimContext, SOON, Unexpected } from '../claim.ts';
import { fetchJson } from '../contract-requests.ts';
import { list, messagesOf, postTo, textsOf } from '../messages.ts';

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

/**
 * Runs a question that may be held for `wait` seconds; throws Unexpected where no answer has come
 * when they have passed, and a little more.
 */
async function inTime<Value>(
  { signal }: ClaimContext,
  wait: number,
  question: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const late = AbortSignal.timeout(wait * 1000 + SOON);
  try {
    return await question(AbortSignal.any([signal, late]));
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    throw new Unexpected(
      ['claim.in-time', { wait }],
      ['claim.in-time.never', { seconds: wait + SOON / 1000 }],
    );
  }
}

/** A question, held for up to `wait` seconds; throws Unexpected where the answer is no reading. */
export const ask = (
  context: ClaimContext,
  reader: string,
  wait: number,
  after?: string,
): Promise<Reading> =>
  inTime(context, wait, (signal) =>
    fetchJson(queueOf(context, reader, wait, after), { signal }, 200, parseReading),
  );

/** The same, whatever comes: its status, its kind and the problem's type; and the texts in it. */
export const askAnyhow = (context: ClaimContext, reader: string, wait: number) =>
  inTime(context, wait, async (signal) => {
    const response = await fetch(queueOf(context, reader, wait), { signal, cache: 'no-store' });
    const json = parseJson(await response.text());
    const reading = parseReading(json);
    return {
      status: response.status,
      mime: response.headers.get('Content-Type')?.split(';')[0] ?? '–',
      type: parseProblem(json)?.type ?? '–',
      texts: list(reading.ok ? textsOf(reading.value.messages) : []),
    };
  });

/** The server is to forget a reader. */
export async function forget(context: ClaimContext, reader: string): Promise<void> {
  const url = `${roomOf(context)}/readers/${encodeURIComponent(reader)}`;
  const init = { method: 'DELETE', signal: context.signal };
  await fetchJson(url, init, 204, () => good(undefined));
}
