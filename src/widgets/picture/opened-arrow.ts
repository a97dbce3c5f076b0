import type { Placed } from '../../protocol/one-order.ts';
import type { Arrow } from '../../protocol/drawn.ts';
import type { Words } from '../say.ts';

/** What is needed to show the bytes of an arrow. */
export interface OpenedArrowProps {
  arrow: Arrow;
  /** Whose it is. */
  who: string;
  /** All that happened, to find what it belongs to. */
  placed: readonly Placed[];
  words: Words;
  onclose: () => void;
}
