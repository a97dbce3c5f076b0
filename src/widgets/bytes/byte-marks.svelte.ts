import type { Place } from './rows.ts';

/** Lines of which there are many: their parts are shown when they, or one of these, are pinned. */
const CLOSED: readonly string[] = [
  ...['header', 'trailer', 'event-type', 'event-data', 'event-id', 'event-retry'],
  ...['event-comment', 'event-ignored'],
];

/** Which field is marked, which is pinned, and what of the list is therefore shown. */
export function byteMarks(placesNow: () => readonly Place[]) {
  const places = $derived(placesNow());
  let pointed = $state<number>();
  let focused = $state<number>();
  let pinned = $state<number>();
  $effect.pre(() => {
    void places; // other bytes: what was marked is gone
    pointed = focused = pinned = undefined;
  });

  /** What the mouse points at comes before where the keyboard is, and that before what is pinned. */
  const marked = $derived(places[pointed ?? focused ?? pinned ?? -1]);
  const opened = $derived(around(places[pinned ?? -1]));
  const listed = $derived(around(marked).find(isShown)?.index);

  /** A place and those around it, from the inmost on. */
  function around(place: Place | undefined): readonly Place[] {
    const chain: Place[] = [];
    for (let at = place; at; at = places[at.inside ?? -1]) chain.push(at);
    return chain;
  }
  /** Whether a field’s parts are shown; undefined where that cannot be chosen. */
  function isOpen(place: Place): boolean | undefined {
    return CLOSED.includes(place.field.name) ? opened.includes(place) : undefined;
  }
  function isShown(place: Place): boolean {
    return around(place).every((one) => one === place || isOpen(one) !== false);
  }

  return {
    get marked() {
      return marked;
    },
    get pinned() {
      return pinned;
    },
    /** The place in the list that stands for what is marked. */
    get listed() {
      return listed;
    },
    isOpen,
    isShown,
    /** Whether a place is marked, or lies in what is. */
    isMarked: (place: Place): boolean => around(place).some((one) => one === marked),
    mark: (index: number | undefined, by: 'pointer' | 'keys'): void => {
      if (by === 'pointer') pointed = index;
      else focused = index;
    },
    pin(index: number): void {
      pinned = index;
    },
    togglePin(index: number): void {
      pinned = pinned === index ? undefined : index;
    },
  };
}
