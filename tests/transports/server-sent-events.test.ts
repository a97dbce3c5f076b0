import { EventSource as NodeEventSource } from 'eventsource';
import { ServerSentEventsTransport } from '../../src/transports/server-sent-events.ts';
import { transportContract } from './contract.ts';

const messages = (url: string, room: string) =>
  `${url}/live/server-sent-events/rooms/${room}/messages`;

transportContract({
  name: 'server-sent-events',
  connect: (url, room, options) =>
    new ServerSentEventsTransport(messages(url, room), {
      query: { retry: '10' },
      Source: NodeEventSource,
      ...options,
    }),
});
