import type { Message } from '../../protocol/message.ts';
import { problemType } from '../../protocol/problem.ts';
import { type Claim, type ClaimContext, type Said, verdict } from '../claim.ts';
import { PROBLEM_MIME } from '../contract-requests.ts';
import { eachOnce, list, numbered, textsOf } from '../messages.ts';
import { ask, askAnyhow, forget, newReader, post } from './requests.ts';

const held: Claim = {
  id: 'held',
  async check(context) {
    const wait = 1000;
    const reader = await newReader(context);
    const asked = performance.now();
    const { messages } = await ask(context, reader, wait / 1000);
    const took = Math.round(performance.now() - asked);
    return verdict(
      messages.length === 0 && took > wait - 50, // too late has thrown
      ['long-polling.claim.held.expected', { wait }],
      ['long-polling.claim.held.came', { messages: messages.length, took }],
    );
  },
};

const atOnce: Claim = {
  id: 'at-once',
  async check(context) {
    const reader = await newReader(context);
    const expected: Said = ['long-polling.claim.at-once.expected'];
    let answered = false;
    const asking = ask(context, reader, 5).finally(() => (answered = true));
    asking.catch(() => {}); // it may fail before it is awaited
    await untilHeld(context);
    if (answered) {
      const what = list(textsOf((await asking).messages));
      return verdict(false, expected, ['long-polling.claim.at-once.early', { what }]);
    }
    const posted = performance.now();
    await post(context, 'now');
    const what = list(textsOf((await asking).messages));
    const took = Math.round(performance.now() - posted);
    return verdict(what === 'now' && took < 1000, expected, [
      'long-polling.claim.at-once.came',
      { what, took },
    ]);
  },
};

/** A question of another reader, asked later, was answered: so all before it are with the server. */
async function untilHeld(context: ClaimContext): Promise<void> {
  await ask(context, await newReader(context), 0);
}

const each: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(20);
    const readers = await Promise.all([newReader(context), newReader(context)]);
    const reading = readers.map((reader) => readAll(context, reader, texts.length));
    const posting = Promise.all(texts.map((text) => post(context, text)));
    const [, ...received] = await Promise.all([posting, ...reading]);
    const { holds, disordered, counts } = eachOnce(texts, received);
    return verdict(
      holds,
      ['long-polling.claim.each-once.expected', { many: texts.length }],
      disordered ? ['claim.order'] : ['long-polling.claim.each-once.came', counts],
    );
  },
};

/** Asks until nothing has come for a second, or far too much. */
async function readAll(context: ClaimContext, reader: string, many: number): Promise<Message[]> {
  const received: Message[] = [];
  for (let after: string | undefined; ;) {
    const reading = await ask(context, reader, received.length < many ? 3 : 0.5, after);
    received.push(...reading.messages);
    after = reading.after;
    if (reading.messages.length === 0 || received.length > 10 * many) return received;
  }
}

const fromNowOn: Claim = {
  id: 'from-now-on',
  async check(context) {
    await post(context, 'before');
    const reader = await newReader(context);
    await post(context, 'after');
    const { messages } = await ask(context, reader, 0);
    return verdict(
      list(textsOf(messages)) === 'after',
      ['long-polling.claim.from-now-on.expected', { texts: 'after' }],
      ['long-polling.claim.from-now-on.came', { texts: list(textsOf(messages)) }],
    );
  },
};

const noGap: Claim = {
  id: 'no-gap',
  async check(context) {
    const reader = await newReader(context);
    await post(context, 'first');
    const { after } = await ask(context, reader, 0);
    const missed = ['in the gap 1', 'in the gap 2', 'in the gap 3'];
    for (const text of missed) await post(context, text);
    const { messages } = await ask(context, reader, 0, after);
    return verdict(
      list(textsOf(messages)) === list(missed),
      ['long-polling.claim.no-gap.expected', { many: missed.length }],
      ['long-polling.claim.no-gap.came', { texts: list(textsOf(messages)) }],
    );
  },
};

const sentAgain: Claim = {
  id: 'sent-again',
  async check(context) {
    const reader = await newReader(context);
    await post(context, 'important');
    // As if the first answer had been lost on its way: nothing is acknowledged.
    const first = await ask(context, reader, 0);
    const again = await ask(context, reader, 0);
    const then = await ask(context, reader, 0, again.after);
    const later = await ask(context, reader, 0);
    const came = [first, again, then, later].map(({ messages }) => list(textsOf(messages)));
    return verdict(
      came.join() === 'important,important,–,–',
      ['long-polling.claim.sent-again.expected'],
      [
        'long-polling.claim.sent-again.came',
        {
          first: came[0] ?? '',
          again: came[1] ?? '',
          then: came[2] ?? '',
          later: came[3] ?? '',
        },
      ],
    );
  },
};

const takenOver: Claim = {
  id: 'taken-over',
  async check(context) {
    const reader = await newReader(context);
    const asking = askAnyhow(context, reader, 4);
    asking.catch(() => {}); // it may fail before it is awaited
    await untilHeld(context);
    const askingAgain = askAnyhow(context, reader, 6); // so that both cannot end by their time
    askingAgain.catch(() => {});
    const { status, mime, type } = await asking;
    await post(context, 'the end');
    const again = await askingAgain;
    const refusal = { type: problemType('taken-over'), mime: PROBLEM_MIME };
    return verdict(
      status === 409 &&
        mime === refusal.mime &&
        type === refusal.type &&
        again.status === 200 &&
        again.texts === 'the end',
      ['long-polling.claim.taken-over.expected', { ...refusal, texts: 'the end' }],
      [
        'long-polling.claim.taken-over.came',
        { status, mime, type, again: again.status, texts: again.texts },
      ],
    );
  },
};

const madeAgain: Claim = {
  id: 'made-again',
  async check(context) {
    const reader = await newReader(context);
    await post(context, 'before');
    const { after } = await ask(context, reader, 0);
    await forget(context, reader);
    await post(context, 'while forgotten');
    const { status, mime, type } = await askAnyhow(context, reader, 0);
    const text = list(textsOf((await ask(context, reader, 0, after)).messages));
    const unknown = { type: problemType('unknown-reader'), mime: PROBLEM_MIME };
    return verdict(
      text === 'while forgotten' &&
        status === 404 &&
        mime === unknown.mime &&
        type === unknown.type,
      ['long-polling.claim.made-again.expected', { text: 'while forgotten', ...unknown }],
      ['long-polling.claim.made-again.came', { text, status, mime, type }],
    );
  },
};

/** What the long-polling lesson claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  held,
  atOnce,
  fromNowOn,
  noGap,
  each,
  sentAgain,
  takenOver,
  madeAgain,
];
