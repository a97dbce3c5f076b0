import type { Message } from '../../src/protocol/message.ts';
import type { ChannelLayer } from '../channels/index.ts';
import type { Rooms } from './rooms.ts';

/** Sends a message to a room's group: each member's handler `chat.message` gets it. */
export function sayTo(layer: ChannelLayer, group: string, message: Message): Promise<void> {
  return layer.groupSend(group, { type: 'chat.message', message: { ...message } });
}

/** Rooms whose groups hear of what is appended: so a POST reaches WebSockets too. */
export function withGroups(rooms: Rooms, layer: ChannelLayer): Rooms {
  return {
    ...rooms,
    async append(room, words) {
      const message = await rooms.append(room, words);
      await sayTo(layer, room, message);
      return message;
    },
  };
}
