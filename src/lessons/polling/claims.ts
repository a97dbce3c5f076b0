import type { Message } from '../../protocol/message.ts';
import { parseJson } from '../../protocol/parse.ts';
import { parseProblem, type ProblemName, problemType } from '../../protocol/problem.ts';
import { pageClock } from '../../transports/transport.ts';
import { type Claim, verdict } from '../claim.ts';
import { jsonPost, pause, PROBLEM_MIME } from '../contract-requests.ts';
import { observe, type ObservedReader } from '../observed-reader.ts';
import { count, list, numbered } from '../messages.ts';
import { messagesOf, polling, post, read, told } from './requests.ts';

const eachOnce: Claim = {
  id: 'each-once',
  async check(context) {
    const texts = numbered(20);
    let posted = false;
    const readToTheEnd = async () => {
      const received: Message[] = [];
      for (let after = '0'; ;) {
        const lastTime = posted;
        const reading = await read(context, after);
        received.push(...reading.messages);
        after = reading.after;
        // A server that repeats would be read for ever.
        if (lastTime || received.length > 10 * texts.length) return received;
      }
    };
    const posting = Promise.all(texts.map((text) => post(context, text)));
    const [alice, carol] = await Promise.all([
      readToTheEnd(),
      readToTheEnd(),
      posting.finally(() => (posted = true)),
    ]);
    const counts = [count(texts, alice), count(texts, carol)];
    const worst = counts.find(
      ({ missing, repeated, foreign, ids, received }) =>
        missing + repeated + foreign > 0 || ids !== received,
    );
    const inOrder = alice.map(({ id }) => id).join() === carol.map(({ id }) => id).join();
    return verdict(
      worst === undefined && inOrder,
      ['polling.claim.each-once.expected', { many: texts.length }],
      worst === undefined && !inOrder
        ? ['polling.claim.each-once.order']
        : ['polling.claim.each-once.came', worst ?? counts[0] ?? {}],
    );
  },
};

const answeredAtOnce: Claim = {
  id: 'answered-at-once',
  async check(context) {
    const questions = 5;
    let [after, empty, slowest] = ['0', 0, 0];
    for (let question = 0; question < questions; question += 1) {
      const asked = performance.now();
      const reading = await read(context, after);
      slowest = Math.max(slowest, performance.now() - asked);
      empty += reading.messages.length === 0 ? 1 : 0;
      after = reading.after;
    }
    return verdict(
      empty === questions && slowest < 1000,
      ['polling.claim.answered-at-once.expected', { questions }],
      ['polling.claim.answered-at-once.came', { questions, empty, slowest: Math.ceil(slowest) }],
    );
  },
};

const oneInterval: Claim = {
  id: 'one-interval',
  async check(context) {
    const interval = 300;
    const texts = numbered(4);
    await read(context, '0');
    const reader = observe(polling(context, interval), context.signal, 10 * interval);
    try {
      await reader.opened;
      const waits: { wait: number; next: boolean }[] = [];
      for (const text of texts) {
        await pause(Math.random() * interval, context.signal);
        await post(context, text);
        const accepted = pageClock();
        const { at, askedAt } = await reader.arrival(text);
        const firstAsked = reader.asked.find((time) => time >= accepted);
        waits.push({
          wait: Math.max(0, at - accepted),
          next: firstAsked === undefined || askedAt <= firstAsked,
        });
      }
      const longest = Math.max(...waits.map(({ wait }) => wait));
      return verdict(
        waits.every(({ next }) => next),
        ['polling.claim.one-interval.expected', { many: texts.length, interval }],
        [
          'polling.claim.one-interval.came',
          { many: waits.filter(({ next }) => next).length, longest: Math.round(longest), interval },
        ],
      );
    } finally {
      reader.transport.close();
    }
  },
};

const desync: Claim = {
  id: 'desync',
  async check(context) {
    const interval = 400;
    await read(context, '0');
    const alice = observe(polling(context, interval), context.signal, 10 * interval);
    let carol: ObservedReader | undefined;
    try {
      await alice.opened;
      // A busy machine may bring the two into step after all: then they are set apart anew.
      for (let time = 1; ; time += 1) {
        const rest = (alice.asked.at(-1) ?? 0) + interval / 2 - pageClock();
        await pause(Math.max(0, rest), context.signal);
        carol = observe(polling(context, interval), context.signal, 10 * interval);
        await carol.opened;
        const text = `message ${time}`;
        await post(context, text);
        const [here, there] = await Promise.all([alice.arrival(text), carol.arrival(text)]);
        const apart = Math.abs(here.at - there.at);
        const outOfStep = Math.abs(here.askedAt - there.askedAt) > interval / 8;
        if (outOfStep || time === 3)
          return verdict(
            apart > interval / 20,
            ['polling.claim.desync.expected', { interval }],
            ['polling.claim.desync.came', { apart: Math.round(apart) }],
          );
        carol.transport.close();
      }
    } finally {
      alice.transport.close();
      carol?.transport.close();
    }
  },
};

const cursorResumes: Claim = {
  id: 'cursor-resumes',
  async check(context) {
    await post(context, 'before');
    const { after } = await read(context, '0');
    const missed = ['while away 1', 'while away 2', 'while away 3'];
    for (const text of missed) await post(context, text);
    const readings = [await read(context, after), await read(context, after)];
    const [first = [], again = []] = readings.map(({ messages }) =>
      messages.map(({ text }) => text),
    );
    const skipped = readings.map((reading) => reading.skipped ?? 'null').join(', ');
    return verdict(
      first.join() === missed.join() && again.join() === missed.join() && skipped === '0, 0',
      ['polling.claim.cursor-resumes.expected', { texts: missed.join(', ') }],
      ['polling.claim.cursor-resumes.came', { first: list(first), again: list(again), skipped }],
    );
  },
};

const twoPosts: Claim = {
  id: 'two-posts',
  async check(context) {
    const sent = [await post(context, 'the same'), await post(context, 'the same')];
    const { messages } = await read(context, '0');
    const ids = new Set(messages.map(({ id }) => id)).size;
    const same = JSON.stringify(messages) === JSON.stringify(sent);
    return verdict(
      messages.length === 2 && ids === 2 && same,
      ['polling.claim.two-posts.expected'],
      ids === 2 && !same
        ? ['polling.claim.two-posts.other', { posted: told(sent), read: told(messages) }]
        : ['polling.claim.two-posts.came', { messages: messages.length, ids }],
    );
  },
};

const roomsApart: Claim = {
  id: 'rooms-apart',
  async check(context) {
    await post(context, 'said here');
    const elsewhere = await read({ ...context, room: `${context.room}_` }, '0');
    const heard = elsewhere.messages.length;
    const here = (await read(context, '0')).messages.length;
    return verdict(
      heard === 0 && here === 1,
      ['polling.claim.rooms-apart.expected'],
      ['polling.claim.rooms-apart.came', { heard, here }],
    );
  },
};

const refusesNonsense: Claim = {
  id: 'refuses-nonsense',
  async check(context) {
    const url = messagesOf(context);
    const empty = JSON.stringify({ sender: 'Bob', text: '' });
    const cases: [what: string, url: string, init: RequestInit, status: number, ProblemName][] = [
      ['?after=nonsense!', `${url}?after=nonsense!`, {}, 400, 'malformed'],
      ['"text":""', url, jsonPost(empty, context.signal), 400, 'malformed'],
      ['{"sender":', url, jsonPost('{"sender":', context.signal), 400, 'malformed'],
      ['text/plain', url, jsonPost('hi', context.signal, 'text/plain'), 415, 'not-json'],
    ];
    for (const [what, target, init, status, name] of cases) {
      const response = await fetch(target, { signal: context.signal, ...init });
      const said = parseProblem(parseJson(await response.text()));
      const mime = response.headers.get('Content-Type')?.split(';')[0];
      if (response.status !== status || said?.type !== problemType(name) || mime !== PROBLEM_MIME)
        return verdict(
          false,
          [
            'polling.claim.refuses-nonsense.expected',
            { what, status, type: problemType(name), mime: PROBLEM_MIME },
          ],
          [
            'polling.claim.refuses-nonsense.came',
            { status: response.status, type: said?.type ?? '–', mime: mime ?? '–' },
          ],
        );
    }
    return verdict(
      true,
      ['polling.claim.refuses-nonsense.all', { many: cases.length }],
      ['polling.claim.refuses-nonsense.all', { many: cases.length }],
    );
  },
};

/** What the polling lesson claims of any server that follows the contract. */
export const claims: readonly Claim[] = [
  answeredAtOnce,
  oneInterval,
  desync,
  eachOnce,
  cursorResumes,
  twoPosts,
  roomsApart,
  refusesNonsense,
];
