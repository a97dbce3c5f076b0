import { openCompanion } from '../companion.ts';
import { LAYERS, type Ports } from './layers.ts';

// A member of the pair, as a process of its own: a companion for each channel layer, on ports that
// it tells its parent. It ends when it is told "stop", and when its parent is gone.

process.once('disconnect', () => process.exit());
if (!process.connected) process.exit();

const { REDIS_URL, ...own } = process.env;
const companions = await Promise.all(
  (REDIS_URL ? LAYERS : LAYERS.slice(0, 1)).map(async (layer) => {
    const redis = layer === 'memory' ? {} : { REDIS_URL };
    return { layer, ...(await openCompanion({ ...own, ...redis, CHANNEL_LAYER: layer })) };
  }),
);

process.on('message', (message) => {
  if (message !== 'stop') return;
  void Promise.all(companions.map((companion) => companion.stop())).then(() => process.exit());
});
const ports: Ports = Object.fromEntries(companions.map(({ layer, port }) => [layer, port]));
process.send?.({ ports });
