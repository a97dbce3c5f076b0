import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseCursor, START } from '../../src/protocol/cursor.ts';
import type { Rooms, RoomsBounds } from '../../server/rooms/rooms.ts';

export const BOUNDS: RoomsBounds = {
  room: { messages: 300, bytes: 262_144 },
  bytes: 64 * 2 ** 20,
  idleSeconds: 120,
};

export const say = (text: string) => ({ sender: 'Bob', text });
export const texts = ({ messages }: { messages: { text: string }[] }) =>
  messages.map(({ text }) => text);

export function at(cursor: string) {
  const parsed = parseCursor(cursor);
  if (!parsed.ok) throw new Error(parsed.detail);
  return parsed.value;
}

/** What rooms keep, wherever their logs are; `make` gives rooms that are empty. */
export function roomsContract(name: string, make: (bounds: RoomsBounds) => Promise<Rooms>) {
  const open = async (bounds: Partial<RoomsBounds> = {}) => {
    const rooms = await make({ ...BOUNDS, ...bounds });
    onTestFinished(() => rooms.close());
    return rooms;
  };

  describe(`rooms ${name}`, () => {
    test('a room that nobody has written to reads as empty', async () => {
      const rooms = await open();
      expect(await rooms.after('kitchen', START)).toEqual({ messages: [], after: '0', skipped: 0 });
      const foreign = await rooms.after('kitchen', at('abc.4'));
      expect(foreign).toMatchObject({ messages: [], skipped: null });
    });

    test('a message is stamped, and its id is a cursor: what is after it follows', async () => {
      const rooms = await open();
      const before = Date.now();
      const first = await rooms.append('kitchen', say('one'));
      const second = await rooms.append('kitchen', say('two 中文 😀 "\n'));
      expect(first.at).toBeGreaterThanOrEqual(before);
      const { messages, after } = await rooms.after('kitchen', at(first.id));
      expect(messages).toEqual([second]);
      expect(after).toBe(second.id);
      expect(await rooms.after('kitchen', at(after))).toEqual({ messages: [], after, skipped: 0 });
    });

    test('said is called with the message before append resolves', async () => {
      const rooms = await open();
      const heard: unknown[] = [];
      const message = await rooms.append('kitchen', say('one'), async (said) => {
        await Promise.resolve();
        heard.push(said);
      });
      expect(heard).toEqual([message]);
    });

    test('however readers come and go, each gets every message once or is told how many it lost', async () => {
      const step = fc.oneof(
        fc.constant({ post: true, reader: 0 }),
        fc.record({ post: fc.constant(false), reader: fc.integer({ min: 0, max: 2 }) }),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 40 }),
          fc.integer({ min: 1, max: 9 }),
          fc.uuid(),
          async (steps, most, uuid) => {
            const rooms = await make({ ...BOUNDS, room: { messages: most, bytes: 262_144 } });
            const room = uuid.replaceAll('-', '');
            const readers = [0, 1, 2].map(() => ({ cursor: '0', next: 1 }));
            let posted = 0;
            for (const { post, reader: index } of steps) {
              const reader = readers[index];
              if (post) await rooms.append(room, say(String(++posted)));
              else if (reader) {
                const reading = await rooms.after(room, at(reader.cursor));
                reader.next += reading.skipped ?? NaN;
                for (const text of texts(reading)) expect(text).toBe(String(reader.next++));
                expect(reader.next).toBe(posted + 1);
                reader.cursor = reading.after;
              }
            }
            rooms.close();
          },
        ),
        { numRuns: 40 },
      );
    });

    test('a cursor from the future of its log is foreign', async () => {
      const rooms = await open();
      const { id } = await rooms.append('kitchen', say('one'));
      const foreign = await rooms.after('kitchen', at(`${id}zz`));
      expect(foreign).toMatchObject({ messages: [{ text: 'one' }], skipped: null });
    });

    test('the oldest messages go when a log is full, by bytes', async () => {
      const rooms = await open({ room: { messages: 300, bytes: 16_384 } });
      for (let count = 0; count < 50; count += 1)
        await rooms.append('kitchen', say('中'.repeat(1000)));
      const reading = await rooms.after('kitchen', START);
      expect([reading.messages.length, reading.skipped]).toEqual([5, 45]);
    });

    test('over all rooms there is a bound, and the room idle longest goes first', async () => {
      const rooms = await open({ bytes: 65_536 });
      const long = say('x'.repeat(1900));
      await rooms.append('idle', long);
      const busy = await rooms.append('busy', long);
      for (let count = 0; count < 60; count += 1) {
        await rooms.append(`room${count}`, long);
        await rooms.append('busy', say('still here'));
      }
      expect((await rooms.after('idle', START)).messages).toHaveLength(0);
      expect((await rooms.after('busy', at(busy.id))).messages).toHaveLength(60);
    });

    test('the bound over all rooms holds for rooms that grow after their first message', async () => {
      const bytes = 1_048_576;
      const rooms = await open({ bytes });
      for (let room = 0; room < 60; room += 1)
        for (const length of [1, ...Array<number>(12).fill(1900)])
          await rooms.append(`room${room}`, say('中'.repeat(length)));
      let kept = 0;
      for (let room = 0; room < 60; room += 1)
        kept += JSON.stringify((await rooms.after(`room${room}`, START)).messages).length;
      // One code unit of the text is three bytes of UTF-8.
      expect(kept * 3).toBeGreaterThan(bytes / 2);
      expect(kept).toBeLessThan(bytes / 2);
    });

    test('an empty reading waits for the next message of its room, and for no other', async () => {
      const rooms = await open();
      const { signal } = new AbortController();
      const reading = rooms.after('here', START, signal);
      await rooms.append('there', say('not this'));
      await rooms.append('here', say('this'));
      expect(texts(await reading)).toEqual(['this']);
      expect(texts(await rooms.after('here', START, signal))).toEqual(['this']);
    });

    test('whoever stops waiting gets an empty reading', async () => {
      const rooms = await open();
      const { id } = await rooms.append('here', say('one'));
      const stop = new AbortController();
      const reading = rooms.after('here', at(id), stop.signal);
      stop.abort();
      expect(await reading).toEqual({ messages: [], after: id, skipped: 0 });
    });

    test('a hundred who wait are all told, of each message, in order', async () => {
      const rooms = await open();
      const { signal } = new AbortController();
      const many = Array.from({ length: 100 }, async () => {
        const heard: string[] = [];
        for (let cursor = '0'; heard.length < 20;) {
          const reading = await rooms.after('here', at(cursor), signal);
          heard.push(...texts(reading));
          cursor = reading.after;
        }
        return heard;
      });
      const all = Array.from({ length: 20 }, (_, n) => String(n));
      for (const text of all) await rooms.append('here', say(text));
      for (const heard of await Promise.all(many)) expect(heard).toEqual(all);
    });
  });
}
