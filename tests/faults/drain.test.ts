import { expect, onTestFinished, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { startChild } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { isLong } from '../support/long-form.ts';
import { startServer } from '../support/program.ts';

const SOCKETS = isLong ? 10_000 : 300;
/** Event streams, and as many questions that are held. */
const HELD = isLong ? 300 : 50;
/** ms within which the first try to come back lies; see backoff. */
const FIRST_WINDOW = 5_000;
/**
 * In 100 ms, as many times what spreading evenly gives may arrive: few are spread less evenly, and a
 * server that starts takes in at once who came meanwhile. Unspread, all 300 would come in one.
 */
const TIMES = isLong ? 2 : 10;

/** The most numbers that lie within 100 of each other. */
function densest(sorted: number[]): number {
  let first = 0;
  return sorted.reduce((most, one, place) => {
    while (one - (sorted[first] ?? one) > 100) first += 1;
    return Math.max(most, place - first + 1);
  }, 0);
}

test(
  `a server that is told to stop ends ${SOCKETS} WebSockets, ${HELD} streams and ${HELD} held questions in order, and their return is spread`,
  async () => {
    const port = await freePort();
    const open = async () => {
      const server = await startServer({
        PORT: String(port),
        MAX_CONNECTIONS: '20000',
        MAX_CONNECTIONS_PER_ADDRESS: '20000',
        MESSAGES_PER_SECOND: '100000',
        MESSAGE_BURST: '100000',
      });
      onTestFinished(async () => void (await server.end('SIGKILL')));
      return server;
    };
    const server = await open();
    const crowd = startChild('./drain-process.ts');
    await crowd.ask('open', { port, room: randomRoom(), sockets: SOCKETS, held: HELD });
    await fetch(`${server.url}/healthz`); // what was handed over before is held by now

    const began = performance.now();
    const ended = crowd.ask('ended');
    expect(await server.end('SIGTERM')).toBe(0);
    const stopped = performance.now() - began;
    expect(await ended).toEqual({
      sockets: { 1001: SOCKETS },
      streams: { whole: HELD },
      polls: { whole: HELD },
    });
    expect(stopped).toBeLessThan(30_000);

    await open();
    // Those who tried in vain several times, before the port was open again, are not waited for.
    const back = await crowd.ask('back', { many: 0.95 * SOCKETS });
    const arrivals = (back as number[]).toSorted((a, b) => a - b);
    const atOnce = densest(arrivals);
    const evenly = SOCKETS / (FIRST_WINDOW / 100);
    if (isLong) console.log({ stopped, atOnce, evenly });
    expect(atOnce).toBeLessThan(TIMES * evenly);
  },
  isLong ? 180_000 : 60_000,
);
