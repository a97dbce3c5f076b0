import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import words from '../../content/ui/en.json' with { type: 'json' };
import { claims } from '../../src/lessons/channel-layer/claims.ts';
import { runClaim } from '../../src/lessons/claim.ts';
import { isRecord, parseJson } from '../../src/protocol/parse.ts';
import { say } from '../../src/widgets/say.ts';
import { describeDjango, djangoOfTest, tracebacksOf } from '../support/django.ts';
import { isLong } from '../support/long-form.ts';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';
import { redisOfTest } from '../support/redis.ts';

// One room in two languages: a process of Node and one of Django, with one Redis between them.

/** From one to the other, each way. */
const MANY = isLong ? 20_000 : 1_000;
const IN_FLIGHT = 50;

describeDjango.for(['core', 'pubsub'] as const)('one room in Node and Django, by %s', (layer) => {
  async function both() {
    const redis = await redisOfTest();
    const env = { REDIS_URL: redis.url, CHANNEL_LAYER: layer };
    const quick = { MESSAGES_PER_SECOND: '1000000', MESSAGE_BURST: '1000000' };
    const [node, django] = await Promise.all([
      openApp({ env: { ...env, ...quick } }),
      djangoOfTest(env),
    ]);
    onTestFinished(() => node.stop());
    return { node, django };
  }

  test('what the lesson claims of two processes holds for these, either way round', async () => {
    const { node, django } = await both();
    for (const [url, other] of [
      [node.url, django.url],
      [django.url, node.url],
      [node.url, `${django.url}/sync`],
    ] as const)
      for (const claim of claims) {
        const { passed, came } = await runClaim(claim, url, other);
        const found = { url, claim: claim.id, passed, came: say(words, ...came) };
        expect(found).toMatchObject({ passed: true });
      }
    expect(tracebacksOf(django)).toEqual([]);
  });

  test('what is said over HTTP in the one is heard and read in the other', async () => {
    const { node, django } = await both();
    for (const [here, there] of [
      [node.url, django.url],
      [django.url, node.url],
    ] as const) {
      using reader = await openClient(portOf(there), `${ROOM}/`);
      await reader.hears('"after"');
      const room = `/live/polling/rooms/k/messages`;
      const posted = await post(here + room, 'hé 界 😀');
      expect(parseJson(await reader.hears(`${posted.id}"`))).toEqual(posted);
      const read = (await (await fetch(there + room)).json()) as { messages: unknown[] };
      expect(read.messages.at(-1)).toEqual(posted);
    }
  });

  test.each(['node', 'django'] as const)(
    `${MANY} messages from %s to the other: none lost, none repeated, in order`,
    { timeout: 240_000 },
    async (from) => {
      const { node, django } = await both();
      const [here, there] = from === 'node' ? [node, django] : [django, node];
      using sender = await openClient(portOf(here.url), `${ROOM}/`);
      using reader = await openClient(portOf(there.url), `${ROOM}/`);
      await Promise.all([sender.hears('"after"'), reader.hears('"after"')]);

      const began = performance.now();
      let sent = 0;
      await new Promise<void>((resolve, reject) => {
        let heard = 0;
        const fill = (frame?: Buffer) => {
          if (frame && textOf(frame.toString()) !== undefined) heard += 1;
          if (heard >= MANY) return resolve();
          for (; sent < MANY && sent - heard < IN_FLIGHT; sent += 1)
            sender.ws.send(JSON.stringify({ sender: 'Alice', text: String(sent) }));
        };
        reader.ws.on('message', (frame: Buffer) => fill(frame));
        for (const { ws } of [sender, reader])
          ws.on('close', (code) => reject(new Error(`closed with ${code}`)));
        fill();
      });
      const seconds = (performance.now() - began) / 1000;
      const texts = reader.heard.map(textOf);
      const said = texts.filter((text) => text !== undefined);
      expect(said).toEqual(Array.from({ length: MANY }, (_, place) => String(place)));
      // Beside the first frame: what the layer was too slow with, and the log told.
      const filled = texts.length - said.length - 1;
      if (isLong)
        console.log(`${layer}, from ${from}: ${seconds.toFixed(1)} s, ${filled} from the log`);
      expect(tracebacksOf(django)).toEqual([]);
    },
  );

  test.each(['node', 'django'] as const)(
    'nothing that a browser sends to %s makes a consumer of Django fail',
    { timeout: 60_000 },
    async (to) => {
      const { node, django } = await both();
      const [here, there] = to === 'node' ? [node, django] : [django, node];
      using browser = await openClient(portOf(here.url), `${ROOM}/`);
      using reader = await openClient(portOf(there.url), `${ROOM}/`);
      await Promise.all([browser.hears('"after"'), reader.hears('"after"')]);

      await fc.assert(
        fc.asyncProperty(frames, async (frame) => {
          const before = browser.heard.length;
          const answered = new Promise<string>((resolve) =>
            browser.ws.once('message', (data: Buffer) => resolve(data.toString())),
          );
          browser.ws.send(frame);
          const answer = parseJson(await answered);
          expect(browser.heard.length).toBe(before + 1);
          if (!isRecord(answer) || 'problem' in answer) return;
          expect(parseJson(await reader.hears(`${String(answer['id'])}"`))).toEqual(answer);
        }),
        { numRuns: isLong ? 5_000 : 300, examples: NASTY.map((frame) => [frame]) },
      );
      const { OPEN } = browser.ws;
      expect([browser.ws.readyState, reader.ws.readyState]).toEqual([OPEN, OPEN]);
      expect(tracebacksOf(django)).toEqual([]);
    },
  );
});

const ROOM = '/live/channel-layer/room/k';
const portOf = (url: string) => Number(new URL(url).port);

/** What a message says; undefined for a frame that is none. */
const textOf = (frame: string) => {
  const json = parseJson(frame);
  return isRecord(json) ? json['text'] : frame;
};

async function post(url: string, text: string): Promise<{ id: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ sender: 'Alice', text }),
  });
  expect(response.status).toBe(201);
  return (await response.json()) as { id: string };
}

const good = (more: string) => `{"sender":"Bob","text":"hi",${more}}`;

/** What has been known to do harm to one who reads it. */
const NASTY = [
  String.raw`{"sender":"\ud800","text":"x\udfffy\ud83d"}`,
  String.raw`{"sender":"A","text":"\ufeff\ufffe\u2028"}`,
  String.raw`{"sender":"A","text":"a\u0000b"}`,
  good(`"n":${'9'.repeat(5_000)}`),
  good('"n":1e400,"m":-0,"k":1E-400'),
  good('"n":18446744073709551616'),
  good(`"deep":${'['.repeat(30_000)}${']'.repeat(30_000)}`),
  '['.repeat(60_000),
  '{"a":'.repeat(12_000),
  good('"type":"websocket.close"'),
  good('"type":"websocket_disconnect","code":1000'),
  good('"type":"_private"'),
  good('"type":{"$ne":null},"__proto__":{"type":"x"},"__asgi_channel__":["x"]'),
  good('"id":"0","at":"yesterday","message":null'),
  '{"sender":"Bob","text":"one","text":"two"}',
  '{"sender":["Bob"],"text":{"text":"hi"}}',
  '"text"',
  'NaN',
  '{"sender":"Bob","text":Infinity}',
  '\u0000',
];

const strange = fc.string({ unit: 'binary', maxLength: 80 });
const number = fc.oneof(fc.double(), fc.bigInt().map(Number), fc.integer());
const type = fc.oneof(
  fc.constantFrom('chat.message', 'websocket.receive', 'websocket.close', 'chat_message', '_x'),
  strange,
);

/** Half of them are messages, with more in them than is asked for. */
const frames = fc.oneof(
  fc
    .record(
      {
        sender: fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
        text: fc.oneof(strange, fc.string({ unit: 'grapheme', minLength: 1 })),
        type,
        id: fc.jsonValue(),
        at: number,
        message: fc.jsonValue({ maxDepth: 5 }),
      },
      { requiredKeys: ['sender', 'text'] },
    )
    .map((said) => JSON.stringify(said)),
  fc.json({ maxDepth: 6 }),
  fc.string({ unit: 'binary', minLength: 1 }).map((text) => text.toWellFormed()),
);
