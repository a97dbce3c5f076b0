// The server of npm run soak, without the site's pages, which says what it has: node --expose-gc
import { readdirSync } from 'node:fs';
import { writeHeapSnapshot } from 'node:v8';
import { openCompanion } from '../server/companion.ts';
import { answer } from './measure.mjs';

const companion = await openCompanion(process.env);

answer({
  port: () => companion.port,
  /** Bytes once all garbage is gone, open descriptors, and what keeps the process awake. */
  state() {
    globalThis.gc();
    globalThis.gc(); // finalizers of the first may have let go of more
    const { heapUsed, rss } = process.memoryUsage();
    const active = process.getActiveResourcesInfo();
    return {
      heap: heapUsed,
      resident: rss,
      descriptors: readdirSync('/proc/self/fd').length,
      timers: active.filter((name) => name === 'Timeout').length,
      handles: active.filter((name) => name !== 'Timeout').length,
    };
  },
  snapshot: ({ file }) => writeHeapSnapshot(file),
});
