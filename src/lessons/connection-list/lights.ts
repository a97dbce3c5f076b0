import type { Lights } from '../../widgets/picture/lights.ts';

const EVENTS = 'src/transports/text-socket.ts#events';
const CONSUMER = 'server/lessons/connection-list.ts#consumer';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [[EVENTS, 'new WebSocket(']],
  'page upgrade': [[EVENTS, 'onopen']],
  'page frame down': [[EVENTS, 'onmessage']],
  'page close': [[EVENTS, 'onclose']],
  'page frame up': null,
  'server request GET': [['server/lessons/connection-list.ts#', 'const consumer = asApplication(']],
  'server upgrade': [[CONSUMER, 'override connect(']],
  'server joined': [[CONSUMER, 'this.#list.push(this)']],
  'server frame up': [[CONSUMER, 'override receive(']],
  'server frame down': [[CONSUMER, 'for (const consumer of this.#list)']],
  'server control frame down': [[CONSUMER, "if (text === 'close')"]],
  'server control frame up': null,
  'server close': [[CONSUMER, 'override disconnect(']],
  'server left': [[CONSUMER, 'this.#list.splice(']],
};
