import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { problemType } from '../../src/protocol/problem.ts';
import { closeOf } from '../channels/support.ts';
import { openApp } from '../support/open-app.ts';
import { openClient } from '../support/raw-websocket.ts';
import { openReaders } from '../support/readers.ts';
import { logOf, messagesAt, say } from '../support/rooms.ts';

/** What a lesson's handlers stand on, which throws for as long as it is broken. */
function brokenClock() {
  const look = (time: () => number) => () => {
    if (clock.broken) throw new Error('the clock is broken');
    return time();
  };
  const clock = {
    broken: false,
    wall: look(Date.now),
    monotonic: look(() => performance.now()),
  };
  return clock;
}

test('an exception in a lesson’s handler is 500 over HTTP, also where an answer is held, and the next request is served', async () => {
  const clock = brokenClock();
  await using app = await openApp({ clock });
  const room = randomRoom();
  const held = fetch(`${messagesAt(app.url, room, 'long-polling')}?wait=25`);
  await say(app.url, 'elsewhere', 'so that the server has the other question');
  for (const slug of ['polling', 'long-polling', 'server-sent-events']) {
    clock.broken = true;
    const answer = await fetch(messagesAt(app.url, room, slug), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ sender: 'Bob', text: 'hi' }),
    });
    clock.broken = false;
    expect([slug, answer.status]).toEqual([slug, 500]);
    expect(await answer.json()).toMatchObject({ type: problemType('our-fault') });
  }
  expect(await logOf(app.url, room)).toEqual([]);
  expect((await say(app.url, room, 'hi'))?.status).toBe(201);
  expect(await (await held).json()).toMatchObject({ messages: [{ text: 'hi' }] });
});

test('an exception in a lesson’s consumer closes its own socket with 1011, and nobody else loses a message', async () => {
  const clock = brokenClock();
  await using app = await openApp({ clock });
  const room = randomRoom();
  const readers = await openReaders(app.url, room);
  const path = `/live/channel-layer/room/${room}/`;
  using mallory = await openClient(app.port, path);
  const closed = closeOf(mallory.ws);
  readers.filter(({ name }) => name === 'polling').forEach(({ transport }) => transport.close());
  clock.broken = true;
  mallory.ws.send(JSON.stringify({ sender: 'Mallory', text: 'hi' }));
  expect((await closed).code).toBe(1011);
  clock.broken = false;
  await say(app.url, room, 'still here');
  const log = await logOf(app.url, room);
  for (const { name, ids, events, hears } of readers) {
    if (name === 'polling') continue;
    await hears(log.at(-1) ?? '');
    expect([name, ids]).toEqual([name, log]);
    expect([name, events]).not.toContain('lost');
  }
});
