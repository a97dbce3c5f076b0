import type { RequestHandler } from 'express';
import { parseNewMessage, parseRoomName } from '../../src/protocol/message.ts';
import { take } from '../guard/refusal.ts';
import type { Rooms } from './rooms.ts';

/** Answers a POST to a room's messages, as in polling: 201 and the message. */
export function posting(rooms: Rooms): RequestHandler<{ room: string }> {
  return async (request, response) => {
    const room = take(parseRoomName(request.params.room));
    const words = take(parseNewMessage(request.body));
    response.status(201).json(await rooms.append(room, words));
  };
}
