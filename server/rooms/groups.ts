import { type Cursor, parseCursor } from '../../src/protocol/cursor.ts';
import { type Message, parseMessage } from '../../src/protocol/message.ts';
import { type ChannelLayer, type LayerMessage, RedisAway } from '../channels/index.ts';
import { take } from '../guard/refusal.ts';
import { once } from '../once.ts';
import type { Rooms } from './rooms.ts';

// #region say-to
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
// #endregion

/** A message of a group, as its members need it. */
export interface Heard {
  readonly at: Cursor;
  readonly json: string;
}

const heard = once((said: object): Heard => {
  const message = take(parseMessage(said));
  return { at: take(parseCursor(message.id)), json: JSON.stringify(message) };
});

/** Reads what `sayTo` sent: once, however many members this process has, since the layer gives all the same. */
export const hear = ({ message }: LayerMessage): Heard => heard(Object(message) as object);

/** Rooms whose groups hear of what is appended: so a POST reaches WebSockets too. */
export function withGroups(rooms: Rooms, layer: ChannelLayer): Rooms {
  return {
    ...rooms,
    append: (room, words) => rooms.append(room, words, (said) => sayTo(layer, room, said)),
  };
}
