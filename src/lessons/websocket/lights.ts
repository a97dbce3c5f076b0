import type { Lights } from '../../widgets/picture/lights.ts';

const EVENTS = 'src/transports/text-socket.ts#events';
const CONSUMER = 'server/lessons/websocket.ts#consumer';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [[EVENTS, 'new WebSocket(']],
  'page upgrade': [[EVENTS, 'onopen']],
  'page frame down': [[EVENTS, 'onmessage']],
  'page close': [[EVENTS, 'onclose']],
  'page frame up': [['src/transports/text-socket.ts#send', 'this.#socket.send(text)']],
  'server request GET': [['server/lessons/websocket.ts#routing', 'route(']],
  'server upgrade': [[CONSUMER, 'override connect(']],
  'server frame up': [[CONSUMER, 'override receive(']],
  'server frame down': [[CONSUMER, 'this.send(REPLY)']],
  'server close': [[CONSUMER, 'override disconnect(']],
  // Answered by the library that both sides have.
  'server control frame up': null,
  'server control frame down': null,
  // A handshake that is refused: the door before the lesson.
  'server response GET': null,
  'server chunk': null,
  'server end': null,
};
