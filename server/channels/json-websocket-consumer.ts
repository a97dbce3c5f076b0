import type { Awaitable } from './consumer.ts';
import type { Sent } from './scope.ts';
import { WebSocketConsumer } from './websocket-consumer.ts';

/** A WebSocket consumer whose messages are JSON texts (Channels: `JsonWebsocketConsumer`). */
export abstract class JsonWebSocketConsumer extends WebSocketConsumer {
  /** A message came, parsed but not checked: a stranger wrote it. */
  abstract receiveJson(content: unknown): Awaitable;

  /**
   * A text came that is not JSON. By default it closes with 1007, "not consistent with the type of
   * the message" (RFC 6455 §7.4.1); 1003 would say that text itself is not taken.
   */
  malformed(text: string): Awaitable;
  malformed(): Awaitable {
    this.close(1007, 'not JSON');
  }

  /** Sends `content` as JSON; throws a TypeError for what JSON cannot say. */
  sendJson(content: unknown): Sent {
    const text: unknown = JSON.stringify(content);
    if (typeof text === 'string') return this.send(text);
    throw new TypeError(`JSON has no ${typeof content}. Send null, or an object.`);
  }

  override receive(text: string): Awaitable {
    let content: unknown;
    try {
      content = JSON.parse(text);
    } catch {
      return this.malformed(text);
    }
    return this.receiveJson(content);
  }
}
