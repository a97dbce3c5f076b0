import type { Message } from '../../protocol/message.ts';
import { problemType } from '../../protocol/problem.ts';
import { type Claim, type ClaimContext, verdict } from '../claim.ts';
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
      messages.length === 0 && took > wait - 50 && took < wait + 2000,
      ['long-polling.claim.held.expected', { wait }],
      ['long-polling.claim.held.came', { messages: messages.length, took }],
    );
  },
};

const atOnce: Claim = {
  id: 'at-once',
  async check(context) {
    const reader = await newReader(context);
    const asking = ask(context, reader, 8);
    // A question of another reader, asked later, was answered: so ours is with the server.
    await ask(context, await newReader(context), 0);
    const posted = performance.now();
    await post(context, 'now');
    const { messages } = await asking;
    const took = Math.round(performance.now() - posted);
    return verdict(
      list(textsOf(messages)) === 'now' && took < 1000,
      ['long-polling.claim.at-once.expected'],
      ['long-polling.claim.at-once.came', { what: list(textsOf(messages)), took }],
    );
  },
};

const each: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(20);
    const readers = await Promise.all([newReader(context), newReader(context)]);
    const reading = readers.map((reader) => readAll(context, reader, texts.length));
    await Promise.all(texts.map((text) => post(context, text)));
    const { holds, inOrder, counts } = eachOnce(texts, await Promise.all(reading));
    const order = inOrder ? '✓' : '✕';
    return verdict(
      holds,
      ['long-polling.claim.each-once.expected', { many: texts.length }],
      ['long-polling.claim.each-once.came', { ...counts, order }],
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
    const came = [first, again, then].map(({ messages }) => list(textsOf(messages)));
    return verdict(
      came.join() === 'important,important,–',
      ['long-polling.claim.sent-again.expected'],
      [
        'long-polling.claim.sent-again.came',
        { first: came[0] ?? '', again: came[1] ?? '', then: came[2] ?? '' },
      ],
    );
  },
};

const takenOver: Claim = {
  id: 'taken-over',
  async check(context) {
    const reader = await newReader(context);
    const first = askAnyhow(context, reader, 8);
    // Which of the two comes first is the network's affair: one of them is told, at once.
    const second = askAnyhow(context, reader, 8);
    const { status, type } = await Promise.race([first, second]);
    await post(context, 'the end');
    await Promise.all([first, second]);
    return verdict(
      status === 409 && type === problemType('taken-over'),
      ['long-polling.claim.taken-over.expected', { type: problemType('taken-over') }],
      ['long-polling.claim.taken-over.came', { status, type }],
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
    const { status, type } = await askAnyhow(context, reader, 0);
    const text = list(textsOf((await ask(context, reader, 0, after)).messages));
    const unknown = problemType('unknown-reader');
    return verdict(
      text === 'while forgotten' && status === 404 && type === unknown,
      ['long-polling.claim.made-again.expected', { text: 'while forgotten', type: unknown }],
      ['long-polling.claim.made-again.came', { text, status, type }],
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
