/** The channel layers that a member of the pair has a companion for; all but the first need Redis. */
export const LAYERS = ['memory', 'pubsub', 'core'] as const;

export type LayerName = (typeof LAYERS)[number];

/** Where a member's companions listen. */
export type Ports = Partial<Record<LayerName, number>>;

export const isLayer = (text: string | undefined): text is LayerName =>
  LAYERS.some((name) => name === text);
