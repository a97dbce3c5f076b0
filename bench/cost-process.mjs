// The readers of npm run cost: the plain clients that the page's crowd is made of.
import { setTimeout as pause } from 'node:timers/promises';
import { PlainReader } from '../server/crowd/plain-reader.ts';
import { answer } from './measure.mjs';

const ROOM = 'bench';
/** ms between two looks whether all have come so far. */
const LOOK = 20;
/** Readers that come at once. */
const AT_ONCE = 50;
const DEADLINE = 60_000;

const readers = [];
let url = '';

async function until(isSo, what) {
  const late = performance.now() + DEADLINE;
  while (!isSo()) {
    if (performance.now() > late) throw new Error(`${what} took more than a minute.`);
    await pause(LOOK);
  }
}

answer({
  /** Has so many readers; those that are there stay. */
  async open({ transport, port, interval, wait, many }) {
    url = `http://127.0.0.1:${port}`;
    while (readers.length < many) {
      const fresh = Math.min(AT_ONCE, many - readers.length);
      for (let number = 0; number < fresh; number += 1)
        readers.push(
          new PlainReader(transport, { url, room: ROOM, interval, wait, onMessage: () => {} }),
        );
      await until(() => readers.every(({ open }) => open), 'Connecting');
      // They are to ask spread over the interval, not all at once.
      if (transport === 'polling') await pause((interval * fresh) / many);
    }
  },

  /** Requests so far. */
  asked: () => readers.reduce((sum, { requests }) => sum + requests, 0),

  /** Posts messages, and resolves when all readers have them. */
  async say({ messages, every }) {
    const wanted = readers.map(({ delivered }) => delivered + messages);
    for (let number = 0; number < messages; number += 1) {
      const next = pause(every);
      const response = await fetch(`${url}/live/polling/rooms/${ROOM}/messages`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ sender: 'Alice', text: 'm'.repeat(100) }),
      });
      if (response.status !== 201) throw new Error(`A message was answered ${response.status}.`);
      await response.arrayBuffer();
      await next;
    }
    await until(() => readers.every((reader, at) => reader.delivered >= wanted[at]), 'A delivery');
  },

  close() {
    for (const reader of readers.splice(0)) reader.close();
  },
});
