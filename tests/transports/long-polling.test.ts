import { LongPollingTransport } from '../../src/transports/long-polling.ts';
import { transportContract } from './contract.ts';

transportContract({
  name: 'long-polling',
  connect: (url, room, options) =>
    new LongPollingTransport(`${url}/live/long-polling/rooms/${room}`, {
      retry: () => 5,
      ...options,
    }),
});
