/**
 * What a reader chose, kept in the browser. Where storage is refused, it lasts as long as the page;
 * what is not of the fallback's kind, a string, a number or a list of strings, is not taken.
 */
export function recall<Value>(store: () => Storage, key: string, fallback: Value): Value {
  try {
    const text = store().getItem(`on-the-wire:${key}`);
    const value: unknown = text === null ? fallback : JSON.parse(text);
    return isLike(value, fallback) ? value : fallback;
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

function isLike<Value>(value: unknown, sample: Value): value is Value & {} {
  if (Array.isArray(sample))
    return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === typeof sample;
}
