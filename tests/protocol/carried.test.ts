import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsIn } from '../../src/protocol/carried.ts';

test('the ids of messages are found however their JSON is spaced and escaped', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), fc.nat(4), (ids, spaces) => {
      const messages = ids.map((id) => ({ id, text: '"id":no' }));
      expect(idsIn(JSON.stringify({ messages }, null, spaces))).toEqual(ids);
    }),
  );
  expect(idsIn('{"id": "1", "id" :\n"2", "ID":"3", "id":4}')).toEqual(['1', '2']);
});
