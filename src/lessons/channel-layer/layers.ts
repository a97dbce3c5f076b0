/** What a layer can do, as the layers themselves declare it: a test holds the two together. */
export interface LayerAbilities {
  /** It reaches consumers in other processes, and those of Channels in Python. */
  acrossProcesses: boolean;
  /** `send` says when a channel is full. */
  capacity: boolean;
  /** A message that nobody takes is dropped after a while. */
  expiry: boolean;
  /** What is sent to a channel shared by name waits for a reader who comes later. */
  keeps: boolean;
  /** What waits outlives the process that sent it. */
  outlivesProcess: boolean;
  /** Readers that share a channel by name share its messages. */
  sharesWork: boolean;
}

export type LayerName = 'memory' | 'pubsub' | 'core';

/** The three layers, in the order of the lesson. */
export const LAYERS: readonly { name: LayerName; abilities: LayerAbilities }[] = [
  {
    name: 'memory',
    abilities: {
      acrossProcesses: false,
      capacity: true,
      expiry: true,
      keeps: true,
      outlivesProcess: false,
      sharesWork: true,
    },
  },
  {
    name: 'pubsub',
    abilities: {
      acrossProcesses: true,
      capacity: false,
      expiry: false,
      keeps: false,
      outlivesProcess: false,
      sharesWork: false,
    },
  },
  {
    name: 'core',
    abilities: {
      acrossProcesses: true,
      capacity: true,
      expiry: true,
      keeps: true,
      outlivesProcess: true,
      sharesWork: true,
    },
  },
];
