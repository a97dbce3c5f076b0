import { onTestFinished } from 'vitest';
import { Transport } from '../../src/transports/transport.ts';
import { say } from './rooms.ts';
import { transportsTo } from './transports.ts';

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
