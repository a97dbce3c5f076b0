/** One number of a run: at which second of it, of which transport, what. */
export interface Entry {
  second: number;
  transport: string;
  what: 'delay_ms' | 'delivered' | 'requests' | 'open' | 'bytes';
  value: number;
}

/** The numbers of a run as CSV (RFC 4180), one a line, with a line of names above them. */
export function csvOf(entries: readonly Entry[]): string {
  const lines = entries.map(({ second, transport, what, value }) =>
    [second.toFixed(3), transport, what, Math.round(value * 1000) / 1000].join(','),
  );
  return ['second,transport,what,value', ...lines, ''].join('\r\n');
}
