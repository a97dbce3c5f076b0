import { EventSource } from 'eventsource';
import { describe, expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Reading } from '../../src/protocol/message.ts';
import { ABILITIES, type TransportName } from '../../src/transports/abilities.ts';
import { backoff } from '../../src/transports/backoff.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { type CuttingProxy, openCuttingProxy } from '../support/cutting-proxy.ts';
import { isLong } from '../support/long-form.ts';
import { openApp } from '../support/open-app.ts';
import { startServer } from '../support/program.ts';
import { redisOfTest } from '../support/redis.ts';
import { newSeed, seededRandom } from '../support/seeded.ts';

const WHOLE = { messages: 2_000, cuts: 100 };
const SHORT = { messages: 400, cuts: 20 };
/** Messages that may be said beyond what the slowest reader has. */
const AHEAD = 60;
/** A cut comes within so many bytes: in a request, a handshake, an answer’s head or body, a frame. */
const BYTES = 800;
const EVERYTHING_IS_KEPT = {
  MESSAGES_PER_SECOND: '100000',
  MESSAGE_BURST: '100000',
  ROOM_MESSAGES: '100000',
  ROOM_BYTES: '100000000',
  ROOMS_BYTES: '200000000',
};

/** The project's own backoff, a hundred times as fast. */
const retry = (tries: number) => backoff(tries) / 100;
const from = { sender: 'Alice', after: '0', retry };

const CONNECT: Record<TransportName, (url: string, room: string) => Transport> = {
  polling: (url, room) =>
    new PollingTransport(`${url}/live/polling/rooms/${room}/messages`, { ...from, interval: 20 }),
  'long-polling': (url, room) =>
    new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, from),
  'server-sent-events': (url, room) =>
    new ServerSentEventsTransport(`${url}/live/server-sent-events/rooms/${room}/messages`, {
      ...from,
      query: { retry: '20' },
      Source: EventSource,
    }),
  websocket: (url, room) =>
    new WebSocketTransport(`${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`, from),
};

const resuming = (Object.keys(CONNECT) as TransportName[]).filter(
  (name) => ABILITIES[name].resumes,
);

/** Tells whoever waits that something has happened. */
function turns() {
  let waiting: (() => void)[] = [];
  return {
    happened: () => {
      for (const go of waiting.splice(0)) go();
    },
    until: async (done: () => boolean) => {
      while (!done()) await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
    },
  };
}

/** A reader behind a proxy of its own, which cuts it off whenever it has so many messages. */
async function cutReader(name: TransportName, ports: number[], room: string) {
  const proxy = await openCuttingProxy(...ports);
  const transport = CONNECT[name](proxy.url, room);
  const heard: string[] = [];
  const { happened, until } = turns();
  const hear = (what: string) => {
    heard.push(what);
    happened();
  };
  transport.addEventListener('message', ({ data }) => hear(data.text));
  transport.addEventListener('skipped', ({ detail }) => hear(`skipped ${detail}`));
  transport.addEventListener('close', () => hear('closed'));
  onTestFinished(async () => {
    transport.close();
    await proxy[Symbol.asyncDispose]();
  });
  return { name, heard, proxy, has: (many: number) => until(() => heard.length >= many) };
}
type CutReader = Awaited<ReturnType<typeof cutReader>>;

/** Cuts at random moments, which a seed gives: after a number of messages, and some bytes more. */
async function cutOften(reader: CutReader, { messages, cuts }: typeof WHOLE, random: () => number) {
  const moments = Array.from({ length: cuts }, () => random() * messages * 0.9);
  for (const moment of moments.toSorted((a, b) => a - b)) {
    await reader.has(moment);
    await reader.proxy.cutAfter(1 + Math.trunc(random() * BYTES));
  }
}

/**
 * Says messages, a few at a time, to all processes, not too far ahead of the readers: so many, and
 * more if cuts are still to come. Resolves with how many there were.
 */
async function say({ messages, cuts }: typeof WHOLE, urls: string[], readers: CutReader[]) {
  let said = 0;
  const speak = async (url: string) => {
    while (said < messages || readers.some(({ proxy }) => proxy.cuts < cuts)) {
      const text = `${said++}`;
      await Promise.all(readers.map((reader) => reader.has(said - AHEAD)));
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: 'Bob', text }),
      });
      expect(response.status).toBe(201);
      await response.arrayBuffer();
    }
  };
  await Promise.all([0, 1, 2].map((who) => speak(urls[who % urls.length] ?? '')));
  return said;
}

/** Readers on every transport that resumes, all cut off again and again, and what each has heard. */
async function whatTheyHear(servers: { url: string }[], much: typeof WHOLE) {
  const seed = newSeed();
  const room = randomRoom();
  const ports = servers.map(({ url }) => Number(new URL(url).port));
  const readers = await Promise.all(resuming.map((name) => cutReader(name, ports, room)));
  const urls = servers.map(({ url }) => `${url}/live/polling/rooms/${room}/messages`);
  const failed = new Promise<never>((_, reject) => {
    const late = AbortSignal.timeout(PATIENCE);
    late.onabort = () => reject(new Error(`SEED=${seed}: ${standing(readers)}`));
  });
  const cutting = readers.map((reader, place) =>
    cutOften(reader, much, seededRandom(seed + place)),
  );
  const working = Promise.all([say(much, urls, readers), ...cutting]);
  const [said] = await Promise.race([failed, working]);
  await Promise.race([failed, Promise.all(readers.map((reader) => reader.has(said)))]);
  const { messages: log } = (await (await fetch(urls[0] ?? '')).json()) as Reading;
  return { seed, readers, said, log: log.map(({ text }) => text) };
}

type Heard = Awaited<ReturnType<typeof whatTheyHear>>;

/** ms after which it is told who has how much. */
const PATIENCE = isLong ? 280_000 : 50_000;

const standing = (readers: { name: string; heard: string[]; proxy: CuttingProxy }[]) =>
  readers.map(({ name, heard, proxy }) => `${name} ${heard.length}, ${proxy.cuts} cuts`).join('; ');

function expectAll({ seed, readers, said, log }: Heard, { messages, cuts }: typeof WHOLE) {
  expect(said).toBeGreaterThanOrEqual(messages);
  expect(log.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: said }, (_, n) => `${n}`),
  );
  for (const { name, heard, proxy } of readers)
    expect({ seed, name, cuts: proxy.cuts, heard }).toEqual({ seed, name, cuts, heard: log });
}

describe('whoever is cut off again and again, after any byte, hears everything once, in order', () => {
  test(
    `${WHOLE.cuts} cuts of each transport among ${WHOLE.messages} messages, one process`,
    async () => {
      await using app = await openApp({ env: EVERYTHING_IS_KEPT });
      expectAll(await whatTheyHear([app], WHOLE), WHOLE);
    },
    PATIENCE + 10_000,
  );

  const much = isLong ? WHOLE : SHORT;
  test.each(['pubsub', 'core'])(
    `${much.cuts} cuts of each transport among ${much.messages} messages, three processes (%s)`,
    async (layer) => {
      const redis = await redisOfTest();
      const env = { ...EVERYTHING_IS_KEPT, REDIS_URL: redis.url, CHANNEL_LAYER: layer };
      const servers = await Promise.all([1, 2, 3].map(() => startServer(env)));
      onTestFinished(async () => {
        await Promise.all(servers.map((server) => server.end('SIGKILL')));
      });
      expectAll(await whatTheyHear(servers, much), much);
    },
    PATIENCE + 10_000,
  );
});
