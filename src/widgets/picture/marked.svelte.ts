/**
 * The messages that are pointed at, wherever on the page: in the picture, the log, the server's
 * inside, or a reader's own list. All of them show it.
 */
class Marked {
  ids = $state.raw<readonly string[]>([]);

  has(ids: readonly string[]): boolean {
    return this.ids.length > 0 && ids.some((id) => this.ids.includes(id));
  }

  point(ids: readonly string[]): void {
    if (ids.join() !== this.ids.join()) this.ids = ids;
  }
}

export const marked = new Marked();

/** Lets whatever says in `data-messages` which messages it is about mark them while it is pointed at. */
export function markWherePointed(element: HTMLElement): () => void {
  const over = ({ target }: Event) => {
    const about = target instanceof Element ? target.closest('[data-messages]') : null;
    marked.point(about?.getAttribute('data-messages')?.split(' ').filter(Boolean) ?? []);
  };
  const out = () => marked.point([]);
  element.addEventListener('pointerover', over);
  element.addEventListener('pointerleave', out);
  return () => {
    element.removeEventListener('pointerover', over);
    element.removeEventListener('pointerleave', out);
  };
}
