import { Router } from 'express';
import { parseAfter, parseNewMessage, parseRoomName } from '../../src/protocol/message.ts';
import type { Context } from '../context.ts';
import { allow, take } from '../guard/refusal.ts';

/** Polling: two endpoints over a log. Nothing is held, and nobody is remembered. */
export function polling({ rooms }: Context): Router {
  const lesson = Router();
  const messages = lesson.route('/rooms/:room/messages');

  // #region post
  messages.post(async (request, response) => {
    const room = take(parseRoomName(request.params.room));
    const words = take(parseNewMessage(request.body));
    response.status(201).json(await rooms.append(room, words));
  });
  // #endregion

  // #region get
  messages.get(async (request, response) => {
    const room = take(parseRoomName(request.params.room));
    const after = take(parseAfter(request.query['after']));
    response.json(await rooms.after(room, after));
  });
  // #endregion

  messages.all(allow('GET', 'POST'));
  return lesson;
}
