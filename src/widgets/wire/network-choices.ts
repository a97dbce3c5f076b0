import type { Conditions } from '../../protocol/conditions.ts';

/** What can be set as a number, with what a reader may choose from. */
export const NUMBERS = [
  {
    name: 'latency',
    toxic: 'latency',
    unit: 'ms',
    steps: [0, 20, 50, 100, 200, 300, 500, 1_000, 2_000, 3_000],
  },
  {
    name: 'jitter',
    toxic: 'jitter',
    unit: 'ms',
    steps: [0, 10, 20, 50, 100, 150, 300, 500, 1_000],
  },
  {
    name: 'bandwidth',
    toxic: 'bandwidth',
    unit: 'kB/s',
    steps: [0, 1, 2, 5, 10, 20, 50, 96, 200, 1_000],
  },
  {
    name: 'slowClose',
    toxic: 'slow_close',
    unit: 'ms',
    steps: [0, 500, 1_000, 2_000, 5_000, 10_000],
  },
] as const satisfies readonly {
  name: keyof Conditions;
  toxic: string;
  unit: string;
  steps: readonly number[];
}[];

/** These steps, and the value that is set, also where it is none of them. */
export const stepsWith = (steps: readonly number[], value: number): readonly number[] =>
  steps.includes(value) ? steps : [...steps, value];

/** `timeout`, ms; null for none. */
export const TIMEOUTS = [null, 0, 1_000, 5_000, 10_000] as const;
/** Bytes of a slice; null for none. */
export const PIECES = [null, 16, 64, 256, 1_024] as const;
