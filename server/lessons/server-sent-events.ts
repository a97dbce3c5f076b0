import { type Response, Router } from 'express';
import { formatCursor, START } from '../../src/protocol/cursor.ts';
import { formatEvent } from '../../src/protocol/event-stream.ts';
import { parseAfter, parseRoomName, type Reading } from '../../src/protocol/message.ts';
import { parseStreamOptions, type StreamEnd } from '../../src/protocol/reader.ts';
import type { Context } from '../context.ts';
import { openEventStream } from '../guard/event-stream.ts';
import { holding } from '../guard/hold.ts';
import { allow, take } from '../guard/refusal.ts';
import { once } from '../once.ts';
import { follow, type News } from '../rooms/follow.ts';
import { posting } from '../rooms/posting.ts';

/** What ends it for good: for the demo, the answer to a reader that comes back. */
const ENDS: Record<StreamEnd, (response: Response) => void> = {
  204: (response) => response.status(204).end(),
  500: (response) => response.status(500).end(),
  text: (response) => response.type('text/plain').end('This is no event stream.\n'),
};

/** ms to come back in, for one of many: by itself an EventSource waits as long as all others do. */
const somewhen = () => 1_000 + Math.trunc(4_000 * Math.random());

// #region blocks
/** What was said, as blocks of a stream; that nothing was lost is told where the log was away. */
function blocksOfReading({ messages, after, skipped }: Reading, wasAway = false) {
  const lost = skipped !== 0 || wasAway ? [{ event: 'skipped', data: String(skipped) }] : [];
  const said = messages.map((message) => ({ id: message.id, data: JSON.stringify(message) }));
  const blocks = [...lost, ...(said.length ? said : [{ id: after }])];
  return blocks.map((block) => Buffer.from(formatEvent(block)));
}

/** Written once, however many read it. */
const blocksOnce = once((reading: Reading) => blocksOfReading(reading));

function blocksOf(news: News) {
  if (news.kind === 'away')
    return [formatEvent({ event: 'problem', data: JSON.stringify(news.problem) })];
  return news.kind === 'back' ? blocksOfReading(news.reading, true) : blocksOnce(news.reading);
}
// #endregion

/** Server-sent events: one answer that does not end, with every message in it. */
export function serverSentEvents({ rooms, stopping, log }: Context): Router {
  const holds = holding(log);
  const lesson = Router();
  const messages = lesson.route('/rooms/:room/messages');

  messages.post(posting(rooms));

  // #region get
  messages.get(
    holds(async (request, response) => {
      const room = take(parseRoomName(request.params.room));
      const asked = request.get('Last-Event-ID') || request.query['after'];
      // With neither, from now on.
      const place = take(parseAfter(asked ?? (await rooms.after(room, START)).after));
      const { lasts, retry, then } = take(parseStreamOptions(request.query));
      if (then && request.get('Last-Event-ID')) return ENDS[then](response);

      const stream = openEventStream(response, stopping, lasts);
      // An id without data: a reader that loses the stream now has its place already.
      await stream.write(formatEvent({ id: formatCursor(place), retry: retry ?? somewhen() }));
      await follow(rooms, room, place, stream.held, (news) => stream.write(...blocksOf(news)));
    }),
  );
  // #endregion

  messages.all(allow('GET', 'POST'));
  return lesson;
}
