import type { Message } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { parseProblem, problemType } from '../../protocol/problem.ts';
import { ServerSentEventsTransport } from '../../transports/server-sent-events.ts';
import { type Claim, type ClaimContext, verdict } from '../claim.ts';
import { eachOnce, list, numbered } from '../messages.ts';
import { openStream, post, streamOf, textsIn } from './requests.ts';

const oneAnswer: Claim = {
  id: 'one-answer',
  async check(context) {
    const many = 5;
    const stream = await openStream(context);
    for (const text of numbered(many)) await post(context, text);
    const events = await stream.events(many);
    stream.close();
    const { status } = stream.response;
    const type = stream.response.headers.get('Content-Type') ?? '–';
    return verdict(
      status === 200 && /^text\/event-stream\b/.test(type) && events.length === many,
      ['server-sent-events.claim.one-answer.expected', { many }],
      ['server-sent-events.claim.one-answer.came', { status, type, many: events.length }],
    );
  },
};

const speaksAtOnce: Claim = {
  id: 'speaks-at-once',
  async check(context) {
    const asked = performance.now();
    const stream = await openStream(context);
    const took = Math.round(performance.now() - asked);
    const bytes = stream.bytes();
    stream.close();
    return verdict(
      bytes > 0 && took < 1000,
      ['server-sent-events.claim.speaks-at-once.expected'],
      ['server-sent-events.claim.speaks-at-once.came', { bytes, took }],
    );
  },
};

const eachId: Claim = {
  id: 'each-id',
  async check(context) {
    const stream = await openStream(context);
    const posted: string[] = [];
    for (const text of numbered(3)) posted.push((await post(context, text)).id);
    const came = (await stream.events(3)).map(({ lastEventId }) => lastEventId || '–');
    stream.close();
    return verdict(
      list(came) === list(posted),
      ['server-sent-events.claim.each-id.expected', { ids: list(posted) }],
      ['server-sent-events.claim.each-id.came', { ids: list(came) }],
    );
  },
};

const fromNowOn: Claim = {
  id: 'from-now-on',
  async check(context) {
    await post(context, 'before');
    const stream = await openStream(context);
    await post(context, 'after');
    const texts = list(textsIn(await stream.events(1)));
    stream.close();
    return verdict(
      texts === 'after',
      ['server-sent-events.claim.from-now-on.expected', { texts: 'after' }],
      ['server-sent-events.claim.from-now-on.came', { texts }],
    );
  },
};

const replays: Claim = {
  id: 'replays',
  async check(context) {
    const [first] = await postAll(context, 'heard', 'missed 1', 'missed 2');
    const stream = await openStream(context, { lastEventId: first?.id ?? '' });
    await post(context, 'live');
    const texts = list(textsIn(await stream.events(3)));
    stream.close();
    const expected = list(['missed 1', 'missed 2', 'live']);
    return verdict(
      texts === expected,
      ['server-sent-events.claim.replays.expected', { texts: expected }],
      ['server-sent-events.claim.replays.came', { texts }],
    );
  },
};

const headerWins: Claim = {
  id: 'header-wins',
  async check(context) {
    const [first, second] = await postAll(context, 'one', 'two', 'three');
    const stream = await openStream(context, {
      after: first?.id ?? '',
      lastEventId: second?.id ?? '',
    });
    const texts = list(textsIn(await stream.events(1)));
    stream.close();
    return verdict(
      texts === 'three',
      ['server-sent-events.claim.header-wins.expected', { texts: 'three' }],
      ['server-sent-events.claim.header-wins.came', { texts }],
    );
  },
};

const each: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(20);
    // The browser has one; Node has not, without a flag.
    const Source = globalThis.EventSource ?? (await import('eventsource')).EventSource;
    const reader = new ServerSentEventsTransport(streamOf(context), { sender: 'Alice', Source });
    const received: Message[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    reader.addEventListener('message', ({ data }) => {
      if (received.push(data) >= texts.length) resolve();
    });
    try {
      await new Promise((opened) => reader.addEventListener('open', opened));
      await Promise.all(texts.map((text) => post(context, text)));
      await Promise.race([all, aborted(context.signal)]);
      const log = await openStream(context, { after: '0' });
      const inLog = textsIn(await log.events(texts.length));
      log.close();
      const { holds, counts } = eachOnce(texts, [received]);
      const inOrder = list(inLog) === list(received.map(({ text }) => text));
      const order = inOrder ? '✓' : '✕';
      return verdict(
        holds && inOrder,
        ['server-sent-events.claim.each-once.expected', { many: texts.length }],
        ['server-sent-events.claim.each-once.came', { ...counts, order }],
      );
    } finally {
      reader.close();
    }
  },
};

const refusesNonsense: Claim = {
  id: 'refuses-nonsense',
  async check(context) {
    const url = streamOf(context);
    const { signal } = context;
    for (const response of [
      await fetch(`${url}?after=nonsense!`, { signal }),
      await fetch(url, { signal, headers: { 'Last-Event-ID': 'nonsense!' } }),
    ]) {
      const type = parseProblem(parseJson(await textOf(response)))?.type ?? '–';
      if (response.status !== 400 || type !== problemType('malformed'))
        return verdict(
          false,
          [
            'server-sent-events.claim.refuses-nonsense.expected',
            { type: problemType('malformed') },
          ],
          ['server-sent-events.claim.refuses-nonsense.came', { status: response.status, type }],
        );
    }
    const said = { status: 400, type: problemType('malformed') };
    return verdict(
      true,
      ['server-sent-events.claim.refuses-nonsense.expected', said],
      ['server-sent-events.claim.refuses-nonsense.came', said],
    );
  },
};

/** The body of a refusal; a stream that was opened all the same is not read to its end. */
async function textOf(response: Response): Promise<string> {
  if (response.status !== 200) return response.text();
  await response.body?.cancel();
  return '';
}

async function postAll(context: ClaimContext, ...texts: string[]): Promise<Message[]> {
  const posted: Message[] = [];
  for (const text of texts) posted.push(await post(context, text));
  return posted;
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')));
  });

/** What the lesson on server-sent events claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  oneAnswer,
  speaksAtOnce,
  fromNowOn,
  eachId,
  replays,
  headerWins,
  each,
  refusesNonsense,
];
