import { untrack } from 'svelte';
import type { Heard } from './reader.svelte.ts';

/** ms between two announcements: a screen reader needs about that long to speak one. */
const EVERY = 3000;

/**
 * What a reader hears, for those who cannot see it: a first message at once, and what comes while
 * that is spoken as one sentence after it, however much it is. To be called while a component is made.
 * @param tell the sentence for the newest message, and how many there are
 */
export function announcements(
  heard: () => readonly Heard[],
  tell: (newest: Heard, count: number) => string,
): { readonly value: string } {
  let value = $state('');
  let told: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function announce() {
    timer = undefined;
    const all = heard();
    const fresh = all
      .slice(all.findLastIndex(({ message }) => message.id === told) + 1)
      .filter(({ earlier }) => !earlier);
    const newest = fresh.at(-1);
    if (!newest) return;
    told = newest.message.id;
    value = tell(newest, fresh.length);
    timer = setTimeout(announce, EVERY);
  }

  $effect(() => {
    void heard();
    if (timer === undefined) untrack(announce);
  });
  $effect(() => () => clearTimeout(timer));
  return {
    get value() {
      return value;
    },
  };
}
