import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { transportContract } from './contract.ts';

const group = (url: string, room: string) =>
  `${url.replace('http', 'ws')}/live/channel-layer/room/${room}/`;

transportContract({
  name: 'websocket',
  connect: (url, room, options) =>
    new WebSocketTransport(group(url, room), { retry: () => 5, ...options }),
});
