import { lessons } from '../../content/lessons.ts';
import { parseRoomName } from '../protocol/message.ts';

export type RoomRequest = { room: string; lesson: string };

/** Reads `/r/{room}/?lesson=…`; undefined for an unknown lesson or a room that cannot be. */
export function readRoomRequest(url: URL, name: string | undefined): RoomRequest | undefined {
  const room = parseRoomName(name);
  const lesson = url.searchParams.get('lesson') ?? lessons[0].slug;
  if (!room.ok || !lessons.some(({ slug }) => slug === lesson)) return undefined;
  return { room: room.value, lesson };
}
