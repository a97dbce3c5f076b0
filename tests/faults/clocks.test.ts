import { expect, test } from 'vitest';
import { randomRoom } from '../../src/lessons/claim.ts';
import { better, compareClocks, delayOf } from '../../src/protocol/clock.ts';
import { openApp } from '../support/open-app.ts';
import { openReaders, talk } from '../support/readers.ts';
import { logOf, say, unbounded } from '../support/rooms.ts';

/** The clock of the server is wrong by so many ms, which may change. */
function wrongClock(ahead: number) {
  const clock = {
    ahead,
    wall: () => Date.now() + clock.ahead,
    monotonic: () => performance.now(),
  };
  return clock;
}

test('a server whose clock is 90 s ahead: the delay of a message is what it was, not 90 s less', async () => {
  await using app = await openApp({ env: unbounded, clock: wrongClock(90_000) });
  const room = randomRoom();
  const [reader] = await openReaders(app.url, room);
  const received = new Promise<{ at: number; received: number }>((resolve) =>
    reader?.transport.addEventListener('message', ({ data }) =>
      resolve({ at: data.at, received: Date.now() }),
    ),
  );
  // As a page does: what the server stamps between a question and its answer tells its clock.
  let estimate;
  const began = Date.now();
  for (let n = 0; n < 5; n += 1) {
    const sent = Date.now();
    const stamped = (await say(app.url, randomRoom(), 'what time is it?'))?.at ?? NaN;
    estimate = better(estimate, compareClocks(sent, stamped, Date.now()));
  }
  expect(Math.abs((estimate?.offset ?? NaN) - 90_000)).toBeLessThanOrEqual(estimate?.error ?? NaN);
  await say(app.url, room, 'hi');
  const message = await received;
  expect(message.at - message.received).toBeGreaterThan(80_000); // taken as it is, it would be from the future
  // Had it come a second later, its delay would be a second more; and never more than has passed.
  const { offset, error } = estimate ?? { offset: NaN, error: NaN };
  const delay = delayOf(message.at, message.received + 1_000, { offset, error });
  expect(delay).toBeGreaterThanOrEqual(1_000 - error - 1);
  expect(delay).toBeLessThanOrEqual(1_000 + error + Date.now() - began);
});

test('a server whose clock jumps, 90 s ahead and an hour back, while three speak: order and cursors do not care', async () => {
  const clock = wrongClock(0);
  await using app = await openApp({ env: unbounded, clock });
  const room = randomRoom();
  const readers = await openReaders(app.url, room);
  const talking = talk(app.url, room);
  for (const ahead of [90_000, -3_600_000, 0]) {
    await talking.more(20);
    clock.ahead = ahead;
  }
  await talking.more(20);
  await talking.stop();
  const log = await logOf(app.url, room);
  await Promise.all(readers.map(({ hears }) => hears(log.at(-1) ?? '')));
  expect(log.toSorted()).toEqual(talking.accepted.toSorted());
  for (const { name, ids } of readers) expect([name, ids]).toEqual([name, log]);
});
