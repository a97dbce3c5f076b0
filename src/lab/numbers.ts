/**
 * What a number of a run is. Each message has a `delay_ms` at each transport that it came by, at the
 * second at which the server accepted it; all others are told once a second, of what was so far or,
 * `open`, is just then.
 */
export const KINDS = [
  'delay_ms',
  'delivered_so_far',
  'requests_so_far',
  'bytes_so_far',
  'open',
] as const;
export type Kind = (typeof KINDS)[number];

/** One number of a run: at which second of it, of which transport, what. */
export interface Entry {
  second: number;
  transport: string;
  kind: Kind;
  value: number;
}

/** The numbers of a run as CSV (RFC 4180), one a line, in their order in time, with names above. */
export function csvOf(entries: readonly Entry[]): string {
  const lines = entries
    .toSorted((one, other) => one.second - other.second)
    .map(({ second, transport, kind, value }) =>
      [second.toFixed(3), transport, kind, Math.round(value * 1000) / 1000].join(','),
    );
  return ['second,transport,kind,value', ...lines, ''].join('\r\n');
}
