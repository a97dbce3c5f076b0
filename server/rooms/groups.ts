import type { Message } from '../../src/protocol/message.ts';
import { type ChannelLayer, RedisAway } from '../channels/index.ts';
import type { Rooms } from './rooms.ts';

/**
 * Sends a message to a room's group: each member's handler `chat.message` gets it. Where the layer is
 * out of reach, that is no failure: the message is in the log, and members look there when the room
 * has become quiet, or the log is back.
 */
export async function sayTo(layer: ChannelLayer, group: string, message: Message): Promise<void> {
  try {
    await layer.groupSend(group, { type: 'chat.message', message: { ...message } });
  } catch (error) {
    if (!(error instanceof RedisAway)) throw error;
  }
}

/** Rooms whose groups hear of what is appended: so a POST reaches WebSockets too. */
export function withGroups(rooms: Rooms, layer: ChannelLayer): Rooms {
  return {
    ...rooms,
    append: (room, words) => rooms.append(room, words, (said) => sayTo(layer, room, said)),
  };
}
