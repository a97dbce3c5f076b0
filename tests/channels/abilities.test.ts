import { expect, test } from 'vitest';
import {
  InMemoryChannelLayer,
  type LayerCapabilities,
  RedisLayer,
  RedisPubSubLayer,
} from '../../server/channels/index.ts';
import { LAYERS } from '../../src/lessons/channel-layer/layers.ts';

test('the lesson’s table of layers is what the layers declare', () => {
  const all: Record<string, LayerCapabilities> = {
    memory: InMemoryChannelLayer.capabilities,
    pubsub: RedisPubSubLayer.capabilities,
    core: RedisLayer.capabilities,
  };
  expect(LAYERS.map(({ name }) => name).toSorted()).toEqual(Object.keys(all).toSorted());
  for (const { name, abilities } of LAYERS)
    // What all of them can do is no row.
    expect({ groups: true, flush: true, ...abilities }).toEqual(all[name]);
});
