import { lessons } from '../../content/lessons.ts';
import { parseRoomName } from '../protocol/message.ts';

const GUESTS = ['Carol', 'Dave', 'Erin', 'Frank', 'Grace', 'Heidi', 'Ivan', 'Judy'];

export type RoomRequest =
  | { kind: 'room'; room: string; lesson: string; who: string }
  /** The same with a name in it, so that a reload finds the name again. */
  | { kind: 'elsewhere'; path: string }
  | { kind: 'nothing' };

/** Reads `/r/{room}/?lesson=…&as=…`: an unknown lesson or a bad room is not found. */
export function readRoomRequest(url: URL, name: string | undefined): RoomRequest {
  const room = parseRoomName(name);
  const lesson = url.searchParams.get('lesson') ?? lessons[0].slug;
  if (!room.ok || !lessons.some(({ slug }) => slug === lesson)) return { kind: 'nothing' };
  const who = (url.searchParams.get('as') ?? '')
    .toWellFormed()
    .replace(/\p{Cc}/gu, '')
    .trim();
  if (who) return { kind: 'room', room: room.value, lesson, who: [...who].slice(0, 40).join('') };
  const guest = GUESTS[Math.floor(Math.random() * GUESTS.length)] ?? 'Carol';
  return { kind: 'elsewhere', path: `${url.pathname}?lesson=${lesson}&as=${guest}` };
}
