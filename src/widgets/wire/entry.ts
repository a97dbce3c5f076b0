/** Something that stands in the server. */
export interface Entry {
  key: string;
  name: string;
  /** Whose it is, where it is a reader's of this page. */
  who?: string | undefined;
  text: string;
  /** It is held, or has something waiting. */
  isBusy: boolean;
  /** Something was lost there. */
  isBad?: boolean;
  /** How full it is. */
  full?: { value: number; most: number };
}
