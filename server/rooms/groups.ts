import type { Message } from '../../src/protocol/message.ts';
import { type ChannelLayer, RedisAway } from '../channels/index.ts';
import type { Rooms } from './rooms.ts';

/**
 * Sends a message to a room's group: each member's handler `chat.message` gets it. Where the layer is
 * out of reach, that is no failure: the message is in the log. The group is told when the layer is
 * back, perhaps for the second time: members of other processes may not have missed the layer at all.
 */
export async function sayTo(
  layer: ChannelLayer,
  rooms: Pick<Rooms, 'back'>,
  group: string,
  message: Message,
): Promise<void> {
  const say = () => layer.groupSend(group, { type: 'chat.message', message: { ...message } });
  try {
    await say();
  } catch (error) {
    if (!(error instanceof RedisAway)) throw error;
    const { signal } = new AbortController(); // however long that takes
    const later = rooms.back(signal).then(say);
    later.catch(() => undefined);
  }
}

/** Rooms whose groups hear of what is appended: so a POST reaches WebSockets too. */
export function withGroups(rooms: Rooms, layer: ChannelLayer): Rooms {
  return {
    ...rooms,
    append: (room, words) => rooms.append(room, words, (said) => sayTo(layer, rooms, room, said)),
  };
}
