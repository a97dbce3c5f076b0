import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { findPython } from '../../scripts/test-tools.mjs';
import { randomRoom } from '../../src/lessons/claim.ts';
import { parseCursor } from '../../src/protocol/cursor.ts';
import type { Message } from '../../src/protocol/message.ts';
import { startChild } from '../support/child.ts';
import { isLong } from '../support/long-form.ts';
import { observe } from '../support/observe.ts';
import { start, startServer } from '../support/program.ts';
import { stamped } from '../support/stamp.ts';

const HEALTHY = isLong ? 4_500 : 450;
const SLOW = isLong ? 500 : 50;
const ENV = {
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
  MESSAGES_PER_SECOND: '100000',
  MESSAGE_BURST: '100000',
};

/** A room of the channel layer, in a server of its own, with healthy readers in another process. */
async function openRoom() {
  const server = await startServer(ENV);
  onTestFinished(async () => void (await server.end('SIGKILL')));
  const { port } = new URL(server.url);
  const room = randomRoom();
  const path = `/live/channel-layer/room/${room}/`;
  const healthy = startChild('./reader-process.ts');
  await healthy.ask('open', { port, path, many: HEALTHY });
  return {
    server,
    healthy,
    /** Says a text; resolves with its sequence. */
    async say(text: string): Promise<number> {
      const response = await fetch(`${server.url}/live/polling/rooms/${room}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: 'Bob', text }),
      });
      expect(response.status).toBe(201);
      const cursor = parseCursor(((await response.json()) as Message).id);
      return cursor.ok ? cursor.value.sequence : NaN;
    },
    /** How many are in the room. */
    async many(): Promise<number> {
      const layer = await fetch(`${server.url}${path}layer`);
      return ((await layer.json()) as { many: number }).many;
    },
    async figures() {
      return (await healthy.ask('figures')) as Figures;
    },
    /** Some who never read; ends them with what is returned. */
    async neverReading() {
      const program = new URL('../support/never_reading.py', import.meta.url).pathname;
      const slow = start(findPython() ?? 'python3', [program, port, path, String(SLOW)]);
      onTestFinished(async () => void (await slow.end('SIGKILL')));
      await slow.line(/^open$/);
      return () => slow.end('SIGKILL');
    },
    /** Looks on at one who never reads; the function returned tells who ended it. */
    async lookOn(number: number) {
      const tag = `neverreading${String(number).padStart(6, '0')}`;
      const watch = await observe(Number(port), { lesson: 'channel-layer', tags: [tag] });
      onTestFinished(() => watch[Symbol.asyncDispose]());
      return async () => {
        const { by } = await watch.event('close');
        return by;
      };
    },
  };
}

interface Figures {
  missed: number;
  ended: number;
  p50: number;
  p99: number;
}

test(
  `${SLOW} who never read are ended by the server, and ${HEALTHY} others hear everything`,
  async () => {
    const room = await openRoom();
    const some = Array.from({ length: 10 }, (_, place) => (place * SLOW) / 10);
    const endings = await Promise.all(some.map((number) => room.lookOn(number)));
    await room.neverReading();
    expect(await room.many()).toBe(HEALTHY + SLOW);
    // As large as a text may be, so that what waits for each reaches its bound soon.
    while ((await room.many()) > HEALTHY) {
      const said = Array.from({ length: 20 }, () => room.say(stamped(2_000, '𝄞')));
      await room.healthy.ask('reach', { sequence: Math.max(...(await Promise.all(said))) });
    }
    await room.healthy.ask('reach', { sequence: await room.say(stamped(100)) });
    const ends = await Promise.all(endings.map((ending) => ending()));
    expect(ends).toEqual(some.map(() => 'server'));
    expect(await room.figures()).toMatchObject({ missed: 0, ended: 0 });
  },
  isLong ? 180_000 : 40_000,
);

test.runIf(isLong)(
  `${SLOW} who never read cost ${HEALTHY} others at most a fifth of their 99th percentile`,
  async () => {
    const room = await openRoom();
    const round = async () => {
      await room.figures();
      for (let said = 0; said < 100; said += 1)
        await Promise.all([room.say(stamped(1_000)), pause(200)]);
      await room.healthy.ask('reach', { sequence: await room.say(stamped(1_000)) });
      return room.figures();
    };
    await round(); // compiles what the others use
    const rounds: Record<'without' | 'among', Figures[]> = { without: [], among: [] };
    for (let count = 0; count < 5; count += 1) {
      rounds.without.push(await round());
      const end = await room.neverReading();
      rounds.among.push(await round());
      await end();
      await expect.poll(() => room.many()).toBe(HEALTHY);
    }
    console.log(rounds);
    const middle = (all: Figures[]) => all.map(({ p99 }) => p99).sort((a, b) => a - b)[2] ?? NaN;
    expect(middle(rounds.among)).toBeLessThan(1.2 * middle(rounds.without));
    for (const { missed, ended } of Object.values(rounds).flat())
      expect([missed, ended]).toEqual([0, 0]);
  },
  400_000,
);
