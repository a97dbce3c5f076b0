/** Something that stands in the server. */
export interface Entry {
  key: string;
  name: string;
  text: string;
  /** It is held, or has something waiting. */
  isBusy: boolean;
  /** Something was lost there. */
  isBad?: boolean;
  /** How full it is. */
  full?: { value: number; most: number };
}
