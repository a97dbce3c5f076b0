import { expect, onTestFinished, test } from 'vitest';
import { httpSession, runSessions, webSocketSession } from '../support/fuzzing.ts';
import { isLong } from '../support/long-form.ts';
import { startServer } from '../support/program.ts';
import { openReaders } from '../support/readers.ts';
import { logOf, say, unbounded } from '../support/rooms.ts';
import { newSeed } from '../support/seeded.ts';

const MANY = isLong ? 100_000 : 3_000;
/** Of these, the first are not measured: code is compiled and caches are filled. */
const WARM_UP = isLong ? 50_000 : 1_000;
const seed = newSeed();

const env = {
  ...unbounded,
  ROOM_MESSAGES: '300',
  ROOM_BYTES: '65536',
  ROOMS_BYTES: '1048576',
  ROOM_IDLE_SECONDS: '5',
  READER_IDLE_SECONDS: '30',
};

async function startMeasured() {
  const preload = new URL('../support/measured.ts', import.meta.url).href;
  const server = await startServer(env, { options: ['--expose-gc', '--import', preload] });
  onTestFinished(async () => void (await server.end('SIGKILL')));
  return {
    ...server,
    port: Number(new URL(server.url).port),
    /** Bytes that it needs after a collection. */
    async memory(): Promise<{ rss: number; heapUsed: number }> {
      const from = server.lines.length;
      process.kill(server.pid, 'SIGUSR2');
      const line = await server.line(/^memory /, from);
      return JSON.parse(line.slice('memory '.length)) as { rss: number; heapUsed: number };
    },
  };
}

/** Readers of another room, who are to be served all the while; each round is a message and /healthz. */
async function openWitnesses(url: string, stop: AbortSignal) {
  const readers = await openReaders(url, 'elsewhere');
  let rounds = 0;
  let slowest = 0;
  const watch = async () => {
    for (; !stop.aborted; rounds += 1) {
      const asked = performance.now();
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      const said = await say(url, 'elsewhere', `round ${rounds}`);
      expect(said?.status).toBe(201);
      await Promise.all(readers.map(({ hears }) => hears(said?.id ?? '')));
      slowest = Math.max(slowest, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 20)); // so as not to be the load itself
    }
  };
  const over = watch();
  return { readers, over, rounds: () => rounds, slowest: () => slowest };
}

test.for([
  ['HTTP requests', httpSession, ['200', '201', '400', '404']],
  ['WebSocket sessions', webSocketSession, ['101', '400', '404']],
] as const)(
  'whatever becomes of %s on their way, the server lives, logs nothing, serves all others and needs no more memory',
  { timeout: 1_200_000 },
  async ([what, session, usual]) => {
    const server = await startMeasured();
    const { port } = server;
    const stop = new AbortController();
    const dead = server.exited.then((code) => {
      throw new Error(`The server ended with ${code}:\n${server.lines.join('\n')}`);
    });
    const witnesses = await openWitnesses(server.url, stop.signal);
    const fuzz = async (from: number, to: number) => {
      const run = { port, seed, from, to, stop: stop.signal };
      const came = await Promise.race([runSessions(session, run), witnesses.over, dead]);
      return { came: came ?? {}, memory: await server.memory() };
    };
    try {
      const began = performance.now();
      const { memory: warm } = await fuzz(0, WARM_UP);
      const { memory: after, came } = await fuzz(WARM_UP, MANY);
      const seconds = (performance.now() - began) / 1000;
      const rounds = witnesses.rounds();
      stop.abort();
      await witnesses.over;
      console.log(
        `${MANY} ${what}, seed ${seed}: ${seconds.toFixed(0)} s; RSS ${mib(warm.rss)} MiB, then ${mib(after.rss)} MiB; heap ${mib(warm.heapUsed)} MiB, then ${mib(after.heapUsed)} MiB; ${rounds} rounds of the witnesses, the slowest ${witnesses.slowest().toFixed(0)} ms; ${JSON.stringify(came)}`,
      );
      expect(Object.keys(came)).toEqual(expect.arrayContaining([...usual]));
      expect(came).not.toHaveProperty('500');
      expect(rounds).toBeGreaterThan(10);
      if (isLong) expect(after.rss / warm.rss).toBeLessThan(1.1);
      if (isLong) expect(after.heapUsed / warm.heapUsed).toBeLessThan(1.1);
      expect(server.lines.filter((line) => !/^(On the Wire|memory )/.test(line))).toEqual([]);
      const log = await logOf(server.url, 'elsewhere');
      for (const { name, ids, events } of witnesses.readers) {
        expect([name, ids.slice(-log.length)]).toEqual([name, log]);
        expect([name, events]).not.toContain('lost');
      }
      expect(await server.end()).toBe(0);
    } catch (error) {
      throw new Error(`SEED=${seed} brings these ${what} again.`, { cause: error });
    } finally {
      stop.abort();
      dead.catch(() => undefined);
    }
  },
);

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
