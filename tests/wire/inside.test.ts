import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { memoryRooms } from '../../server/rooms/memory-rooms.ts';
import { Inside } from '../../server/wire/inside.ts';
import { scopeAt } from '../channels/support.ts';

/** As long as a request's head may be, and each time a string of its own, as the parser makes them. */
const long = () => Buffer.alloc(15_000, 'x').toString();

test('whose ten thousand channels are costs no more than the tags, however long the addresses were', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const room = { messages: 1, bytes: 1_000 };
  const rooms = memoryRooms({ room, bytes: 1_000_000, idleSeconds: 60 });
  const inside = new Inside(rooms);
  const before = used();
  for (let n = 0; n < 10_000; n += 1) {
    const tag = `n${String(n).padStart(20, '0')}`;
    const queryString = Buffer.from(`as=${tag}.1&more=${long()}`).toString();
    inside.began(`channel${n}`, { ...scopeAt('/room/a/'), queryString });
  }
  expect(used() - before).toBeLessThan(10 * 1024 * 1024);
  const { members } = await inside.group(
    Promise.resolve({ members: [], many: 0, capacity: 1, stored: null }),
  );
  expect(members).toEqual([]); // it is still there, and so is all that it remembers
  rooms.close();
});
