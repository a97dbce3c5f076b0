// Messages to a room, and when the readers in other processes have them.
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './measure.mjs';

const DEADLINE = 10_000;

/** By the message's number: when each process of readers had it. */
const arrivals = new Map();
let number = 0;

/** All readers of one process have a message. */
export const heard = ({ number, at }) => arrivals.get(number)(at);

/** Posts a message; resolves, when all readers have it, with the ms that took since `begun`. */
async function send({ url, processes }, begun = now()) {
  const text = `${'m'.repeat(100)} ${String((number += 1)).padStart(8, '0')}`;
  const { promise, resolve, reject } = Promise.withResolvers();
  let missing = processes;
  arrivals.set(number, (at) => (missing -= 1) || resolve(at - begun));
  const late = setTimeout(() => reject(new Error('A message did not arrive.')), DEADLINE);
  const body = JSON.stringify({ sender: 'Alice', text });
  const headers = { 'Content-Type': 'application/json' };
  const { status } = await fetch(url, { method: 'POST', headers, body });
  if (status !== 201) throw new Error(`A message was answered with ${status}.`);
  return promise.finally(() => clearTimeout(late));
}

/** Messages at a steady pace, whether or not those before have arrived; the ms of each. */
export async function steady(room, { perSecond, messages }) {
  const begun = now();
  const delays = [];
  while (delays.length < messages) {
    const due = begun + (delays.length * 1000) / perSecond;
    await pause(Math.max(0, due - now()));
    delays.push(send(room, due));
  }
  return Promise.all(delays);
}

/** So many messages on their way at any time; the ms of each. */
export async function saturate(room, { ms, inFlight }) {
  const end = now() + ms;
  const delays = [];
  const one = async () => {
    while (now() < end) delays.push(await send(room));
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return delays;
}
