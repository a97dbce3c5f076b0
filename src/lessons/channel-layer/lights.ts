import type { Lights } from '../../widgets/picture/lights.ts';

const CONNECT = 'src/transports/websocket.ts#connect';
const CONSUMER = 'server/lessons/channel-layer.ts#consumer';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [[CONNECT, 'const socket = new WebSocket(']],
  'page upgrade': [[CONNECT, 'socket.onopen']],
  'page frame down': [[CONNECT, 'socket.onmessage']],
  'page close': [[CONNECT, 'socket.onclose']],
  'page frame up': null,
  'server request GET': [['server/lessons/channel-layer.ts#', 'return [channels.route(']],
  'server upgrade': [[CONSUMER, 'override async connect(']],
  'server joined': [[CONSUMER, 'await this.channelLayer.groupAdd(']],
  'server frame up': [[CONSUMER, 'override async receiveJson(']],
  'server appended': [[CONSUMER, 'rooms.append(']],
  'server frame down': [[CONSUMER, '#tell({'], ['server/channels/layers/in-memory.ts#group-send']],
  'server close': [[CONSUMER, 'override async disconnect(']],
  'server left': [[CONSUMER, 'await this.channelLayer.groupDiscard(']],
  'server dropped': [['server/channels/layers/in-memory.ts#group-send']],
  'server control frame up': null,
  'server control frame down': null,
};
