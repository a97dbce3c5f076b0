import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from '@playwright/test';

/** ms without a response after which a page has what it needs. */
const QUIET = 5_000;

/**
 * Resolves when nothing is on its way to a page any more; also when nothing has come for a while,
 * since a browser does not always tell that a request is over.
 */
export async function settled(page: Page): Promise<void> {
  let latest = performance.now();
  const note = () => {
    latest = performance.now();
  };
  page.on('response', note);
  const quiet = async () => {
    while (performance.now() - latest < QUIET) await pause(250);
  };
  await Promise.race([page.waitForLoadState('networkidle'), quiet()]);
  page.off('response', note);
}
