import { type Message, parseMessage } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { parseProblem, problemType } from '../../protocol/problem.ts';
import { ServerSentEventsTransport } from '../../transports/server-sent-events.ts';
import {
  type Claim,
  type ClaimContext,
  type Said,
  SOON,
  soon,
  Unexpected,
  verdict,
} from '../claim.ts';
import { PROBLEM_MIME } from '../contract-requests.ts';
import { eachOnce, list, numbered, textsOf } from '../messages.ts';
import { askForStream, openStream, post, streamOf, textsIn } from './requests.ts';

const oneAnswer: Claim = {
  id: 'one-answer',
  async check(context) {
    const texts = numbered(5);
    const stream = await openStream(context);
    await postAll(context, ...texts);
    const came = textsIn(await stream.eventsUntil(texts.at(-1) ?? ''));
    stream.close();
    const { status, type } = stream;
    return verdict(
      list(came) === list(texts),
      ['server-sent-events.claim.one-answer.expected', { texts: list(texts) }],
      ['server-sent-events.claim.one-answer.came', { status, type, texts: list(came) }],
    );
  },
};

const speaksAtOnce: Claim = {
  id: 'speaks-at-once',
  async check(context) {
    const asked = performance.now();
    const stream = await openStream(context);
    const bytes = await stream.firstBytes();
    const took = Math.round(performance.now() - asked);
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
    await post(context, 'before'); // lest the places in the stream be those in the log
    const stream = await openStream(context);
    const texts = numbered(3);
    const posted = list((await postAll(context, ...texts)).map(({ id }) => id));
    const came = await stream.eventsUntil(texts.at(-1) ?? '');
    stream.close();
    const ids = list(came.map(({ lastEventId }) => lastEventId || '–'));
    const inside = list(came.map(({ data }) => idIn(data)));
    return verdict(
      ids === posted && inside === posted,
      ['server-sent-events.claim.each-id.expected', { ids: posted }],
      ['server-sent-events.claim.each-id.came', { ids, inside }],
    );
  },
};

/** The id of the message in an event's data. */
function idIn(data: string): string {
  const message = parseMessage(parseJson(data));
  return message.ok ? message.value.id : '–';
}

const fromNowOn: Claim = {
  id: 'from-now-on',
  async check(context) {
    await post(context, 'before');
    const stream = await openStream(context);
    await post(context, 'after');
    const texts = list(textsIn(await stream.eventsUntil('after')));
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
    await postAll(context, 'live', 'the end');
    const texts = list(textsIn(await stream.eventsUntil('the end')));
    stream.close();
    const expected = list(['missed 1', 'missed 2', 'live', 'the end']);
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
    const texts = list(textsIn(await stream.eventsUntil('three')));
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
    const expected: Said = ['server-sent-events.claim.each-once.expected', { many: texts.length }];
    // An EventSource does not say what is wrong with a stream.
    (await openStream(context)).close();
    // The browser has one; Node has not, without a flag.
    const Source = globalThis.EventSource ?? (await import('eventsource')).EventSource;
    const reader = new ServerSentEventsTransport(streamOf(context), { sender: 'Alice', Source });
    const heard = hear(reader, expected, 'the end');
    try {
      await heard.opened;
      await Promise.all(texts.map((text) => post(context, text)));
      // What came twice would be there before what is said afterwards.
      await post(context, 'the end');
      const received = await heard.untilTheEnd();
      const log = await openStream(context, { after: '0' });
      const inLog = textsIn(await log.eventsUntil('the end'));
      log.close();
      const { holds, counts } = eachOnce(texts, [received]);
      const inOrder = list(inLog) === list([...textsOf(received), 'the end']);
      return verdict(
        holds && inOrder,
        expected,
        holds && !inOrder
          ? ['server-sent-events.claim.each-once.order']
          : ['server-sent-events.claim.each-once.came', counts],
      );
    } finally {
      reader.close();
    }
  },
};

/** What a reader hears up to a last text; throws Unexpected where it does not open, or gives up. */
function hear(reader: ServerSentEventsTransport, expected: Said, last: string) {
  const received: Message[] = [];
  const opened = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {});
  reader.addEventListener('open', () => opened.resolve());
  reader.addEventListener('message', ({ data }) => {
    if (data.text === last) end.resolve();
    else received.push(data);
  });
  reader.addEventListener('close', ({ reason }) => {
    end.reject(new Unexpected(expected, ['server-sent-events.claim.each-once.closed', { reason }]));
  });
  return {
    opened: soon(Promise.race([opened.promise, end.promise])),
    async untilTheEnd() {
      await soon(end.promise);
      return received;
    },
  };
}

const refusesNonsense: Claim = {
  id: 'refuses-nonsense',
  async check(context) {
    const refusal = { status: 400, mime: PROBLEM_MIME, type: problemType('malformed') };
    const nonsense = 'nonsense!';
    const cases = { '?after=': { after: nonsense }, 'Last-Event-ID: ': { lastEventId: nonsense } };
    const expect = (what: string): Said => [
      'server-sent-events.claim.refuses-nonsense.expected',
      { what, ...refusal },
    ];
    for (const [where, place] of Object.entries(cases)) {
      const asked = await askForStream(context, place);
      const expected = expect(where + nonsense);
      if (!asked) return verdict(false, expected, ['claim.stream.never', { seconds: SOON / 1000 }]);
      const { response, close } = asked;
      const { status } = response;
      const mime = response.headers.get('Content-Type')?.split(';')[0] ?? '–';
      // A stream that was opened all the same has no end to read to.
      const body = status === refusal.status ? await response.text() : '';
      const type = parseProblem(parseJson(body))?.type ?? '–';
      close();
      if (status !== refusal.status || mime !== refusal.mime || type !== refusal.type)
        return verdict(false, expected, [
          'server-sent-events.claim.refuses-nonsense.came',
          { status, mime, type },
        ]);
    }
    return verdict(true, expect(list(Object.keys(cases).map((where) => where + nonsense))), [
      'server-sent-events.claim.refuses-nonsense.came',
      refusal,
    ]);
  },
};

async function postAll(context: ClaimContext, ...texts: string[]): Promise<Message[]> {
  const posted: Message[] = [];
  for (const text of texts) posted.push(await post(context, text));
  return posted;
}

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
