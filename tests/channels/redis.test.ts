import { RedisLayer } from '../../server/channels/index.ts';
import { layerContract } from './layer-contract.ts';
import { linkTo, redisOfFile } from './redis-support.ts';

const redis = redisOfFile();

layerContract('Redis, core', RedisLayer.capabilities, async (options) => {
  const link = await linkTo(redis());
  return new RedisLayer({ link, ...options });
});
