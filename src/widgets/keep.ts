/** What a reader chose, kept in the browser. Where storage is refused, it lasts as long as the page. */
export function recall<Value>(store: () => Storage, key: string, fallback: Value): Value {
  try {
    const text = store().getItem(`on-the-wire:${key}`);
    return text === null ? fallback : (JSON.parse(text) as Value);
  } catch {
    return fallback;
  }
}

export function keep(store: () => Storage, key: string, value: unknown): void {
  try {
    store().setItem(`on-the-wire:${key}`, JSON.stringify(value));
  } catch {
    // Private windows and full disks may refuse: the page goes on without.
  }
}

/** Outlives the browser. */
export const always = () => localStorage;
/** Lasts as long as the tab. */
export const thisTab = () => sessionStorage;
