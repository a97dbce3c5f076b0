import { EventSource } from 'eventsource';
import { onTestFinished } from 'vitest';
import type { Message, Reading } from '../../src/protocol/message.ts';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';

export const messagesAt = (url: string, room: string, slug = 'polling') =>
  `${url}/live/${slug}/rooms/${room}/messages`;

/** A transport of each kind, in a room from its beginning on; retries within 50 ms. */
export function transportsTo(url: string, room: string): Record<string, Transport> {
  const from = { sender: 'Reader', after: '0', retry: () => 50 };
  const group = `${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`;
  return {
    polling: new PollingTransport(messagesAt(url, room), { ...from, interval: 50 }),
    'long-polling': new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, from),
    'server-sent-events': new ServerSentEventsTransport(
      messagesAt(url, room, 'server-sent-events'),
      { ...from, query: { retry: '50' }, Source: EventSource },
    ),
    websocket: new WebSocketTransport(group, from),
  };
}

/** What a reader hears and is told, in order. */
export interface Reader {
  name: string;
  transport: Transport;
  /** The messages' ids. */
  ids: string[];
  /** "skipped …", "caught up", a problem's type, "lost" for its connection. */
  events: string[];
  hears: (id: string) => Promise<void>;
  isTold: (event: string) => Promise<void>;
}

/** A reader on each transport, all of them connected; they end with the test. */
export async function openReaders(url: string, room: string): Promise<Reader[]> {
  const readers = Object.entries(transportsTo(url, room)).map(listen);
  await Promise.all(readers.map(({ transport }) => opened(transport)));
  return readers;
}

function listen([name, transport]: [string, Transport]): Reader {
  const ids: string[] = [];
  const events: string[] = [];
  const checks = new Set<() => void>();
  const add = (to: string[], what: string) => {
    to.push(what);
    for (const check of checks) check();
  };
  transport.addEventListener('message', ({ data }) => add(ids, data.id));
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
    ids,
    events,
    hears: (id) => until(() => ids.includes(id)),
    isTold: (event) => until(() => events.includes(event)),
  };
}

const opened = (transport: Transport) =>
  new Promise<unknown>((resolve) => {
    if (transport.readyState === Transport.OPEN) resolve(undefined);
    else transport.addEventListener('open', resolve, { once: true });
  });

/** POSTs a message; the answer, or undefined where none came. */
export async function say(url: string, room: string, text: string) {
  try {
    const answer = await fetch(messagesAt(url, room), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Bob', text }),
    });
    const body = (await answer.json()) as Partial<Message> & { type?: string };
    return { status: answer.status, ...body };
  } catch {
    return undefined; // nobody knows whether it was taken
  }
}

/** Three who say something in a room, one message after the other, until they are stopped. */
export function talk(url: string, room: string) {
  const accepted: string[] = [];
  const checks = new Set<() => void>();
  let stopped = false;
  const speak = async (who: number) => {
    for (let n = 1; !stopped; n += 1) {
      const id = (await say(url, room, `${who}: ${n}`))?.id;
      if (id) accepted.push(id);
      else await new Promise((resolve) => setTimeout(resolve, 5)); // it may be away
      for (const check of checks) check();
    }
  };
  const over = Promise.all([speak(1), speak(2), speak(3)]);
  const stop = async () => {
    stopped = true;
    await over;
  };
  onTestFinished(stop);
  return {
    /** The ids that were given, in the order of the answers. */
    accepted,
    stop,
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

/** The ids of a room's log. */
export async function logOf(url: string, room: string): Promise<string[]> {
  const { messages } = (await (await fetch(messagesAt(url, room))).json()) as Reading;
  return messages.map(({ id }) => id);
}

/** No bound is in the way of a test that says much. */
export const unbounded = {
  MESSAGES_PER_SECOND: '1000000',
  MESSAGE_BURST: '1000000',
  ROOM_MESSAGES: '100000',
  ROOM_BYTES: '100000000',
  ROOMS_BYTES: '200000000',
};
