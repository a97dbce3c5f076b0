import type { Lights } from '../../widgets/picture/lights.ts';

const LISTEN = 'src/transports/server-sent-events.ts#listen';
const GET = 'server/lessons/server-sent-events.ts#get';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [[LISTEN, 'this.#source = new Source(']],
  'page response GET': [[LISTEN, 'this.#source.onopen']],
  'page chunk': [[LISTEN, 'this.#source.onmessage']],
  'page close': [[LISTEN, 'this.#source.onerror']],
  'server request GET': [[GET, 'const asked = request.get(']],
  'server response GET': [[GET, 'const stream = openEventStream(']],
  'server held': [[GET, 'await follow(']],
  'server chunk': [
    [GET, 'await follow('],
    ['server/lessons/server-sent-events.ts#blocks', 'function blocksOfReading('],
  ],
  'server request POST': [
    ['server/lessons/server-sent-events.ts#', 'messages.post(posting(rooms))'],
  ],
  'server appended': [['server/lessons/server-sent-events.ts#', 'messages.post(posting(rooms))']],
  'server response POST': [
    ['server/lessons/server-sent-events.ts#', 'messages.post(posting(rooms))'],
  ],
  'page request POST': null,
  'page response POST': null,
  'server released': null,
  'server end': null,
  'server close': null,
};
