import type { Lights } from '../../widgets/picture/lights.ts';

/** Which of the code that this lesson shows did what. */
export const lights: Lights = {
  'page request GET': [['src/transports/polling.ts#poll', 'const answer = await this.exchange(']],
  'page request POST': [
    ['src/transports/http-transport.ts#send', 'const answer = await this.exchange('],
  ],
  'server request GET': [['server/lessons/polling.ts#get', 'const after = take(']],
  'server request POST': [['server/lessons/polling.ts#post', 'const words = take(']],
  'server appended': [['server/lessons/polling.ts#post', 'response.status(201)']],
  'server response GET': [
    ['server/lessons/polling.ts#get', 'response.json('],
    ['server/rooms/room-log.ts#after', 'return {'],
  ],
  'server response POST': [['server/lessons/polling.ts#post', 'response.status(201)']],
  'page response GET': [['src/transports/polling.ts#poll', '#read({']],
  'page response POST': [['src/transports/http-transport.ts#send', 'if (!answer.ok)']],
  'page close': [['src/transports/polling.ts#poll', '} catch {']],
  'server chunk': null,
  'server end': null,
  'server close': null,
};
