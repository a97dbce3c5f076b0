import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Conditions } from '../../src/protocol/conditions.ts';
import type { Glass } from '../../src/protocol/glass.ts';
import { type Counts, type Told } from '../../src/protocol/observing.ts';
import type { WireEvent } from '../../src/protocol/wire.ts';

type Of<Kind extends WireEvent['kind']> = Extract<WireEvent, { kind: Kind }>;

/** Looks on as a page does. */
export async function observe(
  port: number,
  { lesson = 'polling', room = 'kitchen', tags = [] as string[] } = {},
) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live/wire/${lesson}/room/${room}/`);
  const events: WireEvent[] = [];
  const glasses: Glass[] = [];
  let counts: Record<string, Counts> = {};
  let dropped = 0;
  let conditions: Record<string, Conditions> = {};
  const checks = new Set<() => void>();
  const until = <Value>(look: () => Value | undefined | false) =>
    new Promise<Value>((resolve) => {
      const check = () => {
        const found = look();
        if (found === undefined || found === false) return;
        checks.delete(check);
        resolve(found);
      };
      checks.add(check);
      check();
    });
  socket.on('message', (data: Buffer) => {
    const told = JSON.parse(data.toString()) as Told;
    if ('events' in told) {
      events.push(...told.events);
      dropped += told.dropped;
      counts = { ...counts, ...told.counts };
    }
    if ('conditions' in told) conditions = told.conditions;
    if ('glass' in told) glasses.push(told.glass);
    for (const check of [...checks]) check();
  });
  await once(socket, 'open');
  const ask = (asked: unknown) => socket.send(JSON.stringify(asked));
  ask({ watch: tags });
  await until(() => glasses.length > 0 && tags.every((tag) => tag in conditions));
  return {
    socket,
    events,
    glasses,
    ask,
    until,
    get counts() {
      return counts;
    },
    get dropped() {
      return dropped;
    },
    get conditions() {
      return conditions;
    },
    /** The first event of a kind that fits, also one that is still to come. */
    event: <Kind extends WireEvent['kind']>(
      kind: Kind,
      fits: (event: Of<Kind>) => boolean = () => true,
    ): Promise<Of<Kind>> =>
      until(() =>
        events.find((one): one is Of<Kind> => one.kind === kind && fits(one as Of<Kind>)),
      ),
    /** Makes a reader's network worse; resolves when it is. */
    async worsen(tag: string, worse: Partial<Conditions> | null) {
      const before = conditions;
      ask({ tag, conditions: worse });
      await until(() => conditions !== before);
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
    },
  };
}
