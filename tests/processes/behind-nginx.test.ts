import { readFile } from 'node:fs/promises';
import { EventSource } from 'eventsource';
import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import type { Message, Reading } from '../../src/protocol/message.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { freePort } from '../support/free-port.ts';
import { startNginx } from '../support/nginx.ts';
import { startServer } from '../support/program.ts';
import { redisOfTest } from '../support/redis.ts';

/** A server process, always on one port, that can be killed and started again. */
async function openProcess(env: Record<string, string>) {
  const port = await freePort();
  const start = () => startServer({ ...env, PORT: String(port) });
  let running = await start();
  onTestFinished(async () => void (await running.end('SIGKILL')));
  return {
    host: `127.0.0.1:${port}`,
    get pid() {
      return running.pid;
    },
    async killAndStart() {
      await running.end('SIGKILL');
      running = await start();
    },
  };
}

/** A reader on each transport, from the beginning of a room on. */
function readersOf(url: string, room: string): Record<string, Transport> {
  const messages = (slug: string) => `${url}/live/${slug}/rooms/${room}/messages`;
  const group = `${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`;
  const from = { sender: 'Reader', after: '0' };
  return {
    polling: new PollingTransport(messages('polling'), { ...from, interval: 50 }),
    'long-polling': new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, from),
    'server-sent-events': new ServerSentEventsTransport(messages('server-sent-events'), {
      ...from,
      query: { retry: '20' },
      Source: EventSource,
    }),
    websocket: new WebSocketTransport(group, from),
  };
}

/** Three who POST messages at once until they are stopped; remembers the ids that were given. */
function talk(url: string, stop: AbortSignal) {
  const accepted: string[] = [];
  const checks = new Set<() => void>();
  const speak = async (who: number) => {
    for (let n = 1; !stop.aborted; n += 1) {
      const message = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: `Bob ${who}`, text: String(n) }),
      })
        .then((response) => response.json() as Promise<Message>)
        .catch(() => undefined); // cut off, or nginx's own page: nobody knows whether it was taken
      if (message?.id) accepted.push(message.id);
      for (const check of checks) check();
    }
  };
  return {
    accepted,
    over: Promise.all([speak(1), speak(2), speak(3)]),
    /** Resolves when so many more were accepted. */
    more: (many: number) =>
      new Promise<void>((resolve) => {
        const enough = accepted.length + many;
        const check = () => {
          if (accepted.length < enough) return;
          checks.delete(check);
          resolve();
        };
        checks.add(check);
      }),
  };
}

for (const layer of ['pubsub', 'core'])
  test(`three processes behind nginx (${layer}), each killed, nginx reloaded: every reader gets every accepted message once, in order`, async () => {
    const redis = await redisOfTest();
    const env = {
      REDIS_URL: redis.url,
      CHANNEL_LAYER: layer,
      TRUST_PROXY: 'loopback',
      ROOM_MESSAGES: '100000',
      ROOM_BYTES: '100000000',
      ROOMS_BYTES: '200000000',
      MESSAGES_PER_SECOND: '100000',
      MESSAGE_BURST: '100000',
    };
    const processes = await Promise.all([openProcess(env), openProcess(env), openProcess(env)]);
    const recommended = await readFile('server/proxy/nginx.conf', 'utf8');
    const [line = ''] = /^.*server 127\.0\.0\.1:8000.*$/m.exec(recommended) ?? [];
    const lines = processes.map(({ host }) => line.replace('127.0.0.1:8000', host));
    const nginx = await startNginx(
      (port) =>
        recommended
          .replace('listen 80;', `listen 127.0.0.1:${port};`)
          .replace(line, lines.join('\n'))
          .replace('127.0.0.1:8000', processes[0]?.host ?? ''),
      { reloads: true },
    );

    const room = randomRoom();
    const readers = Object.entries(readersOf(nginx.url, room)).map(([name, transport]) => {
      const ids: string[] = [];
      const reader = {
        name,
        transport,
        ids,
        lost: 0,
        hears: undefined as ((id: string) => void) | undefined,
      };
      transport.addEventListener('message', ({ data }) => {
        ids.push(data.id);
        reader.hears?.(data.id);
      });
      transport.addEventListener('error', () => (reader.lost += 1));
      transport.addEventListener('skipped', ({ detail }) => ids.push(`skipped ${detail}`));
      return reader;
    });
    onTestFinished(() => readers.forEach(({ transport }) => transport.close()));
    await Promise.all(readers.map(({ transport }) => opened(transport)));

    const stop = new AbortController();
    const messages = `${nginx.url}/live/polling/rooms/${room}/messages`;
    const talking = talk(messages, stop.signal);
    await talking.more(50);
    const pids = processes.map(({ pid }) => pid);
    for (const one of processes) {
      await Promise.all([one.killAndStart(), talking.more(30)]);
      await nginx.reload();
      await talking.more(30);
    }
    stop.abort();
    await talking.over;

    expect(new Set([...pids, ...processes.map(({ pid }) => pid)]).size).toBe(6);
    const { messages: log } = (await (await fetch(messages)).json()) as Reading;
    const ids = log.map(({ id }) => id);
    const last = ids.at(-1) ?? '';
    await Promise.all(
      readers.map(
        (reader) =>
          new Promise<void>((resolve) => {
            reader.hears = (id) => id === last && resolve();
            if (reader.ids.includes(last)) resolve();
          }),
      ),
    );
    // A request that was cut off may have been taken: then it is in the log, once, for all.
    expect(ids).toEqual(expect.arrayContaining(talking.accepted));
    for (const { name, ids: heard } of readers) expect([name, heard]).toEqual([name, ids]);
    // It was not for nothing: connections broke.
    expect(readers.find(({ name }) => name === 'websocket')?.lost).toBeGreaterThanOrEqual(1);
    expect(talking.accepted.length).toBeGreaterThan(200);
  }, 60_000);

const opened = (transport: Transport) =>
  new Promise<unknown>((resolve) => {
    if (transport.readyState === Transport.OPEN) resolve(undefined);
    else transport.addEventListener('open', resolve, { once: true });
  });
