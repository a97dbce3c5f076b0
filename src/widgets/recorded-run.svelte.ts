import { onMount, untrack } from 'svelte';
import type { Transport } from '../transports/transport.ts';
import type { DemoSession } from './demo-session.svelte.ts';
import { shippedRun } from './picture/shipped-run.ts';

/** ms after which a server counts as out of reach. */
const OUT_OF_REACH = 3_000;

/**
 * Shows a demo the lesson's recorded run: when it is asked for, and while nobody reaches the server.
 * It is loaded before it can be needed. A shared room has none. To be called while a component is made.
 */
export function recordedRun<Kind extends Transport>(
  session: DemoSession<Kind>,
): { ask: () => Promise<void> } {
  const shipped = session.readers.length > 1 ? shippedRun(session.slug) : undefined;
  const load = () => shipped?.().catch(() => undefined);
  onMount(() => void load());

  const isAway = $derived(
    session.running &&
      session.watch.state === 'away' &&
      session.readers.every(({ state }) => state !== 'open'),
  );
  $effect(() => {
    if (!isAway) {
      if (untrack(() => session.recorded?.why) === 'unreachable') session.showOwn();
      return;
    }
    const show = async () => {
      const run = await load();
      if (run && isAway) session.show(run, 'unreachable');
    };
    const timer = setTimeout(() => void show(), OUT_OF_REACH);
    return () => clearTimeout(timer);
  });

  return {
    async ask() {
      const run = await load();
      if (run) session.show(run, 'asked');
    },
  };
}
