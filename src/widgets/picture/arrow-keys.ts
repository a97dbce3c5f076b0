import type { Arrow } from '../../protocol/drawn.ts';

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
};

/** Whether a key goes from arrow to arrow. */
export const isStep = (key: string) => Object.hasOwn(STEPS, key);

/** When an arrow begins, ms. */
export const beginning = ({ from, to }: Arrow) => from ?? to ?? 0;

/** The arrow to which a key goes from the one whose key is `current`, in time; none where there is none. */
export function arrowAt(key: string, arrows: readonly Arrow[], current: string): Arrow | undefined {
  const order = arrows.toSorted((one, other) => beginning(one) - beginning(other));
  const step = STEPS[key] ?? 0;
  const place = order.findIndex((arrow) => arrow.key === current);
  const from = place < 0 && step < 0 ? order.length : place;
  return order[Math.min(order.length - 1, Math.max(0, from + step))];
}
