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
