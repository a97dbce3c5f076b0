import type { Component } from 'svelte';
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

/** Which arrow's bytes are shown; what shows them is loaded with the first. */
export class ArrowOpener {
  arrow = $state.raw<Arrow>();
  View = $state.raw<Component<OpenedArrowProps>>();
  /** The open one's, or ''. */
  key = $derived(this.arrow?.key ?? '');

  /** Opens an arrow, or closes the one that is open. */
  readonly toggle = async (arrow: Arrow): Promise<void> => {
    this.arrow = this.key === arrow.key ? undefined : arrow;
    const { default: view } = await import('./OpenedArrow.svelte');
    this.View = view as Component<OpenedArrowProps>;
  };

  readonly close = (): void => {
    this.arrow = undefined;
  };
}
