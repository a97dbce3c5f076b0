import { asApplication, type Route, route, WebSocketConsumer } from '../channels/index.ts';
import type { Context } from '../context.ts';

/** “Do not reply, do not reply, do not reply.” */
const REPLY = '不要回复不要回复不要回复';

/** WebSocket: routing finds the consumer, as urls find a view. */
export function routing({ log }: Context): Route[] {
  // #region consumer
  /** Every connection has one of its own. */
  class ChatConsumer extends WebSocketConsumer {
    /** The handshake came. To accept it is to answer 101. */
    override connect() {
      this.accept();
    }

    /** A text came. */
    override receive(text: string) {
      if (text !== '') this.send(REPLY);
    }

    /** It is over, whoever ended it. */
    override disconnect(code: number, reason: string) {
      log.debug({ code, reason }, 'a WebSocket is closed');
    }
  }
  // #endregion

  // #region routing
  return [
    route(/live\/websocket\/room\/(?<group>[A-Za-z0-9_]{1,64})\//, asApplication(ChatConsumer)),
  ];
  // #endregion
}
