import { Router } from 'express';
import { asApplication, type Route, route, WebSocketConsumer } from '../channels/index.ts';
import type { Context } from '../context.ts';
import { allow, Refusal } from '../guard/refusal.ts';

/** “Do not reply, do not reply, do not reply.” */
const REPLY = '不要回复不要回复不要回复';

/** WebSocket: routing finds the consumer, as urls find a view. */
export function routing({ sightings }: Context): Route[] {
  // #region consumer
  /** Every connection has one of its own. */
  class ChatConsumer extends WebSocketConsumer {
    /** The handshake came. To accept it is to answer 101. */
    override connect() {
      sightings.opened(this.scope);
      this.accept();
    }

    /** A text came. */
    override receive(text: string) {
      if (text !== '') this.send(REPLY);
    }

    /** It is over, whoever ended it. */
    override disconnect(code: number, reason: string) {
      sightings.closed(this.scope, code, reason);
    }
  }
  // #endregion

  // #region routing
  return [
    route(/live\/websocket\/room\/(?<group>[A-Za-z0-9_]{1,64})\//, asApplication(ChatConsumer)),
  ];
  // #endregion
}

/** The same lesson's HTTP: what the server saw of a connection, by the name in its `?as=`. */
export function views({ sightings }: Context): Router {
  const lesson = Router();
  const seen = lesson.route('/seen/:name');
  seen.get((request, response) => {
    const sighting = sightings.of(request.params.name);
    if (!sighting) throw new Refusal('not-found', 'The server has seen no such connection lately.');
    response.json(sighting);
  });
  seen.all(allow('GET'));
  return lesson;
}
