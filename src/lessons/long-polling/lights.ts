import type { Lights } from '../../widgets/picture/lights.ts';

const LOOP = 'src/transports/long-polling.ts#loop';
const HOLD = 'server/lessons/long-polling.ts#hold';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [[LOOP, 'return this.exchange(']],
  'page request POST': [[LOOP, 'const made = await this.#makeReader()']],
  'server request GET': [[HOLD, 'const held = hold(']],
  'server request POST': [['server/lessons/long-polling.ts#reader', 'makers.post(']],
  'server held': [[HOLD, 'const reading = await rooms.after(']],
  'server released': [[HOLD, 'const reading = await rooms.after(']],
  'server response GET': [[HOLD, 'response.json(reading)']],
  'server response POST': [['server/lessons/long-polling.ts#reader', 'response.status(201)']],
  'server appended': [['server/lessons/long-polling.ts#', 'messages.post(posting(rooms))']],
  'server queued': [['server/lessons/long-polling.ts#', 'messages.post(posting(rooms))']],
  'server acknowledged': [[HOLD, 'if (place) reader.place = place']],
  'page response GET': [[LOOP, '#read({']],
  'page response POST': [[LOOP, 'const made = await this.#makeReader()']],
  'page close': [[LOOP, '} catch (error) {']],
  'page request DELETE': null,
  'page response DELETE': null,
  'server request DELETE': [['server/lessons/long-polling.ts#', 'reader.delete(']],
  'server response DELETE': [['server/lessons/long-polling.ts#', 'reader.delete(']],
  'server chunk': null,
  'server end': null,
  'server close': null,
};
