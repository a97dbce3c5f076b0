import { EventSource } from 'eventsource';
import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { PollingTransport } from '../../src/transports/polling.ts';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import type { Transport } from '../../src/transports/transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { messagesAt } from './rooms.ts';

/** A transport of each kind, in a room from its beginning on; retries within 50 ms. */
export function transportsTo(url: string, room: string): Record<string, Transport> {
  const from = { sender: 'Reader', after: '0', retry: () => 50 };
  const group = `${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`;
  return {
    polling: new PollingTransport(messagesAt(url, room), { ...from, interval: 50 }),
    'long-polling': new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, from),
    'server-sent-events': new ServerSentEventsTransport(
      messagesAt(url, room, 'server-sent-events'),
      { ...from, query: { retry: '50' }, Source: EventSource },
    ),
    websocket: new WebSocketTransport(group, from),
  };
}
