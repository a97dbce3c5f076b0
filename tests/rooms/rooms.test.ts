import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { START } from '../../src/protocol/cursor.ts';
import { RoomLog } from '../../server/rooms/room-log.ts';
import { memoryRooms } from '../../server/rooms/memory-rooms.ts';
import { at, BOUNDS, roomsContract, say, texts } from './rooms-contract.ts';

const bounds = BOUNDS;

roomsContract('in memory', async (bounds) => memoryRooms(bounds));

/** A clock that a test moves. */
function movedClock() {
  let now = 1000;
  return { move: (ms: number) => (now += ms), wall: () => now, monotonic: () => now };
}

test('reading from a cursor gives what came after it, and uses nothing up', () => {
  const log = new RoomLog(bounds.room);
  log.append(say('one'), 1);
  const { after } = log.after(START);
  log.append(say('two'), 2);
  log.append(say('three'), 3);
  expect(texts(log.after(at(after)))).toEqual(['two', 'three']);
  expect(texts(log.after(at(after)))).toEqual(['two', 'three']);
  expect(texts(log.after(START))).toEqual(['one', 'two', 'three']);
});

test('a message’s id is a cursor: what is after it follows', () => {
  const log = new RoomLog(bounds.room);
  const first = log.append(say('one'), 1);
  log.append(say('two'), 1);
  expect(texts(log.after(at(first.id)))).toEqual(['two']);
});

test('however readers come and go, each gets every message once or is told how many it lost', () => {
  const step = fc.oneof(
    fc.constant({ post: true, reader: 0 }),
    fc.record({ post: fc.constant(false), reader: fc.integer({ min: 0, max: 2 }) }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 9 }),
      (steps, most) => {
        const log = new RoomLog({ messages: most, bytes: 262_144 });
        const readers = [0, 1, 2].map(() => ({ cursor: '0', next: 1 }));
        let posted = 0;
        for (const { post, reader: index } of steps) {
          const reader = readers[index];
          if (post) log.append(say(String(++posted)), posted);
          else if (reader) {
            const reading = log.after(at(reader.cursor));
            reader.next += reading.skipped ?? NaN;
            for (const text of texts(reading)) expect(text).toBe(String(reader.next++));
            expect(reader.next).toBe(posted + 1);
            reader.cursor = reading.after;
          }
        }
      },
    ),
  );
});

test('the oldest messages go when the log is full, by count or by bytes', () => {
  const few = new RoomLog({ messages: 3, bytes: 262_144 });
  for (const text of ['1', '2', '3', '4', '5']) few.append(say(text), 1);
  expect(few.after(START)).toMatchObject({ skipped: 2 });
  expect(texts(few.after(START))).toEqual(['3', '4', '5']);

  const small = new RoomLog({ messages: 300, bytes: 16_384 });
  for (let count = 0; count < 50; count += 1) small.append(say('中'.repeat(1000)), 1);
  expect(small.bytes).toBeLessThanOrEqual(16_384);
  expect(small.after(START).messages.length).toBe(5);
});

test('a foreign cursor gets all that is kept, and skipped is null', () => {
  const [log, other] = [new RoomLog(bounds.room), new RoomLog(bounds.room)];
  log.append(say('one'), 1);
  for (const text of ['a', 'b']) other.append(say(text), 1);
  for (const foreign of [other.after(START).after, log.after(START).after + 'zz'])
    expect(log.after(at(foreign))).toMatchObject({ messages: [{ text: 'one' }], skipped: null });
});

test('a log outlives its last reader by two minutes, and begins a new epoch after that', async () => {
  const clock = movedClock();
  const rooms = memoryRooms(bounds, clock);
  const { id } = await rooms.append('kitchen', say('one'));
  clock.move(119_000);
  expect(texts(await rooms.after('kitchen', START))).toEqual(['one']);
  clock.move(119_000);
  expect(texts(await rooms.after('kitchen', START))).toEqual(['one']);
  clock.move(121_000);
  expect(texts(await rooms.after('kitchen', START))).toEqual([]);
  await rooms.append('kitchen', say('two'));
  expect(await rooms.after('kitchen', at(id))).toMatchObject({
    messages: [{ text: 'two' }],
    skipped: null,
  });
  rooms.close();
});

test('a log outlives its time while somebody waits for it, or is there', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const clock = movedClock();
    const rooms = memoryRooms({ ...bounds, idleSeconds: 20 }, clock);
    const first = await rooms.append('waited', say('one'));
    await rooms.append('kept', say('one'));
    await rooms.append('alone', say('one'));
    const stop = new AbortController();
    const waiting = rooms.after('waited', at(first.id), stop.signal);
    const leave = rooms.keep('kept');
    const pass = () => {
      for (let seconds = 0; seconds < 60; seconds += 10) {
        clock.move(10_000);
        vi.advanceTimersByTime(10_000);
      }
    };
    pass();
    expect(texts(await rooms.after('kept', START))).toEqual(['one']);
    expect(texts(await rooms.after('waited', START))).toEqual(['one']);
    expect(texts(await rooms.after('alone', START))).toEqual([]);
    stop.abort();
    leave();
    expect((await waiting).messages).toEqual([]);
    pass();
    expect(texts(await rooms.after('kept', START))).toEqual([]);
    rooms.close();
  } finally {
    vi.useRealTimers();
  }
});
