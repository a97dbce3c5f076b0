import { Router } from 'express';
import { START } from '../../src/protocol/cursor.ts';
import { parseAfter, parseRoomName } from '../../src/protocol/message.ts';
import { parseReaderId, parseWait } from '../../src/protocol/reader.ts';
import type { Context } from '../context.ts';
import { hold, holding } from '../guard/hold.ts';
import { allow, Refusal, take } from '../guard/refusal.ts';
import { posting } from '../rooms/posting.ts';
import { Readers, readersBounds } from '../rooms/readers.ts';

/** Long polling: a question is held until there is an answer, and each reader's place is kept. */
export function longPolling({ rooms, clock, settings, stopping, log, inside }: Context): Router {
  const holds = holding(log);
  const readers = new Readers(readersBounds(settings), clock);
  const lesson = Router();
  inside.show('long-polling', { queues: (room) => readers.overview(room, rooms) });

  // #region reader
  const makers = lesson.route('/rooms/:room/readers');
  makers.post(async (request, response) => {
    const room = take(parseRoomName(request.params.room));
    const { after } = await rooms.after(room, START);
    const reader = Readers.newId();
    readers.add(room, reader, take(parseAfter(after))); // from now on
    response.status(201).json({ reader, after });
  });
  // #endregion

  /** For the demo: who is held, and how many messages each is owed. */
  makers.get(async ({ params }, response) => {
    response.json(await readers.overview(take(parseRoomName(params.room)), rooms));
  });

  // #region hold
  const queue = lesson.route('/rooms/:room/readers/:reader/messages');
  queue.get(
    holds(async (request, response) => {
      const room = take(parseRoomName(request.params.room));
      const id = take(parseReaderId(request.params.reader));
      const { after, wait } = request.query;
      const place = after === undefined ? undefined : take(parseAfter(after));
      const held = hold(response, stopping, take(parseWait(wait)));
      const reader = readers.find(room, id) ?? readers.add(room, id, place);
      if (place) reader.place = place; // it has what came before
      reader.takeOver(held);
      const reading = await rooms.after(room, reader.place, held);
      if (held.reason instanceof Refusal) throw held.reason;
      response.json(reading);
    }),
  );
  // #endregion

  const reader = lesson.route('/rooms/:room/readers/:reader');
  reader.delete(({ params }, response) => {
    readers.forget(take(parseRoomName(params.room)), params.reader);
    response.status(204).end();
  });

  const messages = lesson.route('/rooms/:room/messages');
  messages.post(posting(rooms));

  // #region without-queue
  /** On purpose, as it is often done: whoever is not asking at that moment never hears of it. */
  messages.get(
    holds(async (request, response) => {
      const room = take(parseRoomName(request.params.room));
      const held = hold(response, stopping, take(parseWait(request.query['wait'])));
      const now = take(parseAfter((await rooms.after(room, START)).after));
      const reading = await rooms.after(room, now, held);
      response.json({ ...reading, messages: reading.messages.slice(0, 1) });
    }),
  );
  // #endregion

  makers.all(allow('GET', 'POST'));
  queue.all(allow('GET'));
  reader.all(allow('DELETE'));
  messages.all(allow('GET', 'POST'));
  return lesson;
}
