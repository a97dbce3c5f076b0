import { pageClock, type Transport } from '../transports/transport.ts';
import { type Said, Unexpected } from './claim.ts';
import { pause } from './contract-requests.ts';

/** When a message came, and when the question was asked that brought it: ms of this page's clock. */
interface Arrival {
  at: number;
  askedAt: number;
}

export interface ObservedReader {
  transport: Transport;
  /** When each GET was sent. */
  asked: readonly number[];
  /** Rejects if the transport closes first, as do the arrivals. */
  opened: Promise<void>;
  /** Throws Unexpected where a text has not come after `patience` ms. */
  arrival(text: string): Promise<Arrival>;
}

/** Watches a transport, for a check: when it asks, and when each text comes. Times in ms. */
export function observe(
  transport: Transport,
  signal: AbortSignal,
  patience: number,
): ObservedReader {
  const asked: number[] = [];
  const arrivals = new Map<string, Arrival>();
  const awaited = new Map<string, (arrival: Arrival) => void>();
  const closed = Promise.withResolvers<never>();
  const opened = Promise.withResolvers<void>();
  closed.promise.catch(() => {});

  transport.addEventListener('open', () => opened.resolve());
  transport.addEventListener('traffic', ({ detail }) => {
    if (detail.kind === 'request' && detail.method === 'GET') asked.push(detail.at);
  });
  transport.addEventListener('message', ({ data }) => {
    if (arrivals.has(data.text)) return;
    const arrival = { at: pageClock(), askedAt: asked.at(-1) ?? NaN };
    arrivals.set(data.text, arrival);
    awaited.get(data.text)?.(arrival);
  });
  // A transport tries again; a check says at once what was wrong.
  transport.addEventListener('error', ({ detail }) => {
    closed.reject(new Error(detail?.detail ?? 'the connection ended without an answer'));
  });
  transport.addEventListener('close', ({ reason }) => closed.reject(new Error(reason)));
  signal.addEventListener('abort', () => transport.close(4000, 'stopped'));

  return {
    transport,
    asked,
    opened: Promise.race([opened.promise, closed.promise]),
    arrival(text) {
      const arrived = arrivals.get(text);
      if (arrived) return Promise.resolve(arrived);
      const { promise, resolve } = Promise.withResolvers<Arrival>();
      awaited.set(text, resolve);
      const arrivedOrOver = new AbortController();
      const never = pause(patience, AbortSignal.any([signal, arrivedOrOver.signal])).then(() => {
        const came: Said = ['claim.arrival.never', { seconds: patience / 1000 }];
        throw new Unexpected(['claim.arrival', { text }], came);
      });
      return Promise.race([promise, closed.promise, never]).finally(() => arrivedOrOver.abort());
    },
  };
}
