// A companion alone, without the site's pages, so that nothing must be built.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openCompanion } from '../../server/companion.ts';

const companion = await openCompanion(process.env);
process.send({ port: companion.port });

const blocked = monitorEventLoopDelay({ resolution: 1 });
blocked.enable();
process.on('message', (what) => {
  if (what === 'collect') {
    globalThis.gc();
    return process.send({ collected: true });
  }
  process.send({ blocked: blocked.max / 1e6 });
  blocked.reset();
});
process.on('disconnect', () => process.exit()).on('SIGTERM', () => process.exit());
