import { EventSource } from 'eventsource';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Message, Reading } from '../../src/protocol/message.ts';
import { type Problem, problemType } from '../../src/protocol/problem.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { openApp } from '../support/open-app.ts';
import { redisOfTest } from '../support/redis.ts';

const LOG_AWAY = problemType('log-away');
const INTERRUPTED = problemType('interrupted');
/** They ask, and are answered; the others are told. */
const POLLS = ['polling', 'long-polling'];
const UNKNOWN = problemType('outcome-unknown');

/** What a reader was told, as it came: texts, what was skipped, problems, and whether it lost its connection. */
function listenTo(name: string, transport: Transport) {
  const texts: string[] = [];
  const events: string[] = [];
  const checks = new Set<() => void>();
  const add = (to: string[], what: string) => {
    to.push(what);
    for (const check of checks) check();
  };
  transport.addEventListener('message', ({ data }) => add(texts, data.text));
  transport.addEventListener('refused', ({ detail }) => add(events, detail.type));
  transport.addEventListener('skipped', ({ detail }) => add(events, `skipped ${detail}`));
  transport.addEventListener('caughtUp', () => add(events, 'caught up'));
  transport.addEventListener('error', ({ detail }) => add(events, detail?.type ?? 'lost'));
  onTestFinished(() => transport.close());
  const until = (enough: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!enough()) return;
        checks.delete(check);
        resolve();
      };
      checks.add(check);
      check();
    });
  return {
    name,
    transport,
    texts,
    events,
    hears: (text: string) => until(() => texts.includes(text)),
    isTold: (event: string) => until(() => events.includes(event)),
  };
}

/** Two processes' companions on one Redis, a reader of each transport at each. */
async function twoCompanions(layer: string) {
  const redis = await redisOfTest();
  const env = { REDIS_URL: redis.url, CHANNEL_LAYER: layer, MESSAGES_PER_SECOND: '1000' };
  const [a, b] = [await openApp({ env }), await openApp({ env })];
  onTestFinished(async () => void (await Promise.all([a.stop(), b.stop()])));
  const room = randomRoom();
  const messages = (url: string, slug = 'polling') => `${url}/live/${slug}/rooms/${room}/messages`;
  const from = { sender: 'Reader', after: '0', retry: () => 100 };
  const readers = [a, b].flatMap(({ url }) => [
    listenTo('polling', new PollingTransport(messages(url), { ...from, interval: 100 })),
    listenTo(
      'long-polling',
      new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, from),
    ),
    listenTo(
      'server-sent-events',
      new ServerSentEventsTransport(messages(url, 'server-sent-events'), {
        ...from,
        Source: EventSource,
      }),
    ),
    listenTo(
      'websocket',
      new WebSocketTransport(`${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`, from),
    ),
  ]);
  /** POSTs; what came, and after how many ms. */
  const post = async (text: string, { url } = a) => {
    const started = performance.now();
    const response = await fetch(messages(url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Bob', text }),
    });
    const body = (await response.json()) as Message & Problem;
    const retryAfter = response.headers.get('Retry-After');
    return {
      status: response.status,
      type: body.type,
      retryAfter,
      ms: performance.now() - started,
    };
  };
  return {
    redis,
    readers,
    post,
    a,
    b,
    /** A text that is sent as a WebSocket sends it: nobody answers but with a problem. */
    sockets: readers.filter(({ name }) => name === 'websocket'),
    streams: readers.filter(({ name }) => ['websocket', 'server-sent-events'].includes(name)),
    log: async () => ((await (await fetch(messages(b.url))).json()) as Reading).messages,
  };
}

const each = <Item>(items: readonly Item[], task: (item: Item) => Promise<unknown>) =>
  Promise.all(items.map(task));

for (const layer of ['pubsub', 'core'])
  test(`Redis hangs for 20 s (${layer}): nobody is disconnected, all are told, nothing accepted is lost`, async () => {
    const { redis, readers, streams, sockets, post, a, b, log } = await twoCompanions(layer);
    expect(await post('before')).toMatchObject({ status: 201 });
    await each(readers, ({ hears }) => hears('before'));

    redis.pause();
    const frozen = performance.now();
    // Whoever asks first has to find out; it may have been taken.
    const [first, second] = await Promise.all([post('unsure', a), post('unsure too', b)]);
    for (const answer of [first, second]) {
      expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
      expect([UNKNOWN, LOG_AWAY]).toContain(answer.type);
      expect(answer.ms).toBeLessThan(900); // 500, and what the machine’s other work adds
    }
    await each(readers, ({ isTold, name }) =>
      isTold(POLLS.includes(name) ? LOG_AWAY : INTERRUPTED),
    );
    const sent = performance.now();
    for (const { transport } of sockets) await transport.send('refused');
    await each(sockets, ({ isTold }) => isTold(LOG_AWAY));
    expect(performance.now() - sent).toBeLessThan(900);
    // Meanwhile all is refused at once, so nothing is kept that could grow.
    let slowest = 0;
    let refused = 0;
    while (performance.now() - frozen < 20_000) {
      const answer = await post('refused', refused % 2 ? a : b);
      expect(answer).toMatchObject({ status: 503, type: LOG_AWAY });
      slowest = Math.max(slowest, answer.ms);
      refused += 1;
      await new Promise((resolve) => setTimeout(resolve, 100)); // so as to be asked all the 20 s
    }
    expect(slowest).toBeLessThan(900);
    expect(refused).toBeGreaterThan(100);

    redis.resume();
    const returned = performance.now();
    await each(streams, ({ isTold }) => isTold('caught up'));
    while ((await post('after')).status !== 201);
    expect(performance.now() - returned).toBeLessThan(2_000);
    await each(readers, ({ hears }) => hears('after'));
    const texts = (await log()).map(({ text }) => text);
    expect(texts.filter((text) => text === 'before')).toHaveLength(1);
    expect(texts).not.toContain('refused');
    for (const { name, texts: heard } of readers) expect([name, heard]).toEqual([name, texts]);
    for (const { name, events } of streams) expect([name, events]).not.toContain('lost');
  }, 60_000);

for (const layer of ['pubsub', 'core'])
  test(`Redis is killed and comes back empty (${layer}): at once it is said, and all works again`, async () => {
    const { redis, readers, streams, post, a, b, log } = await twoCompanions(layer);
    expect(await post('lost with it')).toMatchObject({ status: 201 });
    await each(readers, ({ hears }) => hears('lost with it'));

    await redis.kill();
    await each(readers, ({ isTold, name }) =>
      isTold(POLLS.includes(name) ? LOG_AWAY : INTERRUPTED),
    );
    for (const app of [a, b, a, b]) {
      const answer = await post('refused', app);
      expect(answer).toMatchObject({ status: 503, type: LOG_AWAY, retryAfter: '1' });
      expect(answer.ms).toBeLessThan(50);
    }

    await redis.startAgain();
    const returned = performance.now();
    // What was is gone with its epoch, and nobody can know how much it was.
    await each(readers, ({ isTold }) => isTold('skipped null'));
    while ((await post('after', b)).status !== 201);
    await each(readers, ({ hears }) => hears('after'));
    expect(performance.now() - returned).toBeLessThan(2_000);
    expect((await log()).map(({ text }) => text)).toEqual(['after']);
    for (const { name, texts } of readers)
      expect([name, texts]).toEqual([name, ['lost with it', 'after']]);
    for (const { name, events } of streams) expect([name, events]).not.toContain('lost');
    for (const { name, events } of readers)
      expect([name, events.filter((event) => event === 'skipped null')]).toEqual([
        name,
        ['skipped null'],
      ]);
  }, 30_000);
