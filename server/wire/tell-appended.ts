import type { Rooms } from '../rooms/rooms.ts';
import type { Wire } from './wire.ts';

/** Rooms that tell what they take into their logs, before anybody else hears of it. */
export function tellAppended(rooms: Rooms, wire: Wire): Rooms {
  return {
    ...rooms,
    append: (room, words, said) =>
      rooms.append(room, words, async (message) => {
        const { id, sender, text } = message;
        wire.tellRoom(room, () => ({ kind: 'appended', message: id, sender, text }));
        await said?.(message);
      }),
  };
}
