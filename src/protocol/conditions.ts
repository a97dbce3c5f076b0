import { bad, good, isRecord, type Parsed } from './parse.ts';

/**
 * What a network does to a connection, in the words of Toxiproxy and as it means them, both ways.
 * Two things differ. Latency is that of a round trip, so that what `curl` measures is the number
 * here. And what a time-out holds back is not dropped but goes on when it is lifted, as TCP would
 * send it again.
 */
export interface Conditions {
  /** ms that a round trip takes longer, half of them each way. */
  readonly latency: number;
  /** ms by which a round trip takes longer or shorter still, by chance; never less than none. */
  readonly jitter: number;
  /** kB (1,000 bytes) a second that get through; 0 is no limit. */
  readonly bandwidth: number;
  /** Cuts what is sent into pieces. */
  readonly slicer: Slicer | null;
  /** Nothing gets through, and so many ms after the last byte came the connection ends; 0 is never. */
  readonly timeout: number | null;
  /**
   * What the server sends does not get through; so many ms after it came, the connection is reset.
   * With 0 all that is open is reset as this comes into force.
   */
  readonly resetPeer: number | null;
  /** ms by which the end of a connection is held back. */
  readonly slowClose: number;
  /** There is no network: what is open is reset, and so is whatever is opened. */
  readonly offline: boolean;
  /** Not Toxiproxy's: a proxy holds a response until it ends, or `BUFFERED` bytes of it have come. */
  readonly buffering: boolean;
}

export interface Slicer {
  /** Bytes of a piece, in the mean: from 1 to twice as many. */
  readonly averageSize: number;
  /** µs after each piece. */
  readonly delay: number;
}

/** The network as it is. */
export const CLEAR: Conditions = {
  latency: 0,
  jitter: 0,
  bandwidth: 0,
  slicer: null,
  timeout: null,
  resetPeer: null,
  slowClose: 0,
  offline: false,
  buffering: false,
};

/** Bytes of a response that a buffering proxy holds. */
export const BUFFERED = 16_384;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** What each number may be, in its own unit; all are whole. */
export const BOUNDS = {
  latency: { least: 0, most: 3_000 },
  jitter: { least: 0, most: 1_000 },
  bandwidth: { least: 0, most: 100_000 },
  // More and smaller pieces would keep a server busy with one reader alone.
  slicer: { averageSize: { least: 16, most: 16_384 }, delay: { least: 100, most: 100_000 } },
  timeout: { least: 0, most: 60_000 },
  resetPeer: { least: 0, most: 60_000 },
  slowClose: { least: 0, most: 10_000 },
} as const satisfies Partial<Record<keyof Conditions, Bounds | Record<keyof Slicer, Bounds>>>;

/** Conditions that have a name. */
export const PRESETS = {
  /** Both ends in one room. */
  room: CLEAR,
  /**
   * Light in glass travels 200 km in a millisecond: 20,000 km of cable, as by sea between Europe and
   * East Asia, are 200 ms there and back. The jitter is a guess at what the queues on the way add.
   */
  continent: { ...CLEAR, latency: 200, jitter: 10 },
  /**
   * WebPageTest's profile "3G": 300 ms, 1.6 Mbit/s down and 768 kbit/s up, which is 96 kB/s; one
   * number goes both ways here, so it is the lower. The jitter is a guess at the cells' changing.
   */
  train: { ...CLEAR, latency: 300, jitter: 150, bandwidth: 96 },
  /**
   * A proxy of a company, a few ms away, that reads a response before it passes it on, as nginx does
   * unless it is told otherwise (proxy_buffering). No time-out: it would let nothing through.
   */
  proxy: { ...CLEAR, latency: 10, buffering: true },
} as const satisfies Record<string, Conditions>;

export type Preset = keyof typeof PRESETS;

/** Whether the network is left as it is. */
export const isClear = (conditions: Conditions): boolean =>
  conditions === CLEAR ||
  (conditions.latency === 0 &&
    conditions.jitter === 0 &&
    conditions.bandwidth === 0 &&
    conditions.slicer === null &&
    conditions.timeout === null &&
    conditions.resetPeer === null &&
    conditions.slowClose === 0 &&
    !conditions.offline &&
    !conditions.buffering);

/** Reads conditions from JSON that a stranger sent. What is not named is as in `CLEAR`. */
export function parseConditions(json: unknown): Parsed<Conditions> {
  const given = onlyWith(json, Object.keys(CLEAR), '{"latency":200,"jitter":20}');
  if (!given.ok) return given;
  const fields: Record<keyof Conditions, unknown> = { ...CLEAR, ...given.value };
  const slicer = parseSlicer(fields.slicer);
  if (!slicer.ok) return slicer;
  const latency = whole('latency', fields.latency, BOUNDS.latency);
  if (!latency.ok) return latency;
  const jitter = whole('jitter', fields.jitter, BOUNDS.jitter);
  if (!jitter.ok) return jitter;
  const bandwidth = whole('bandwidth', fields.bandwidth, BOUNDS.bandwidth);
  if (!bandwidth.ok) return bandwidth;
  const timeout = wholeOrNull('timeout', fields.timeout, BOUNDS.timeout);
  if (!timeout.ok) return timeout;
  const resetPeer = wholeOrNull('resetPeer', fields.resetPeer, BOUNDS.resetPeer);
  if (!resetPeer.ok) return resetPeer;
  const slowClose = whole('slowClose', fields.slowClose, BOUNDS.slowClose);
  if (!slowClose.ok) return slowClose;
  const { offline, buffering } = fields;
  if (typeof offline !== 'boolean') return bad('"offline" must be true or false.');
  if (typeof buffering !== 'boolean') return bad('"buffering" must be true or false.');
  return good({
    latency: latency.value,
    jitter: jitter.value,
    bandwidth: bandwidth.value,
    slicer: slicer.value,
    timeout: timeout.value,
    resetPeer: resetPeer.value,
    slowClose: slowClose.value,
    offline,
    buffering,
  });
}

function parseSlicer(value: unknown): Parsed<Slicer | null> {
  if (value === null) return good(null);
  const fields = onlyWith(
    value,
    Object.keys(BOUNDS.slicer),
    '{"averageSize":64,"delay":1000}',
    'slicer',
  );
  if (!fields.ok) return fields;
  const size = whole('slicer.averageSize', fields.value['averageSize'], BOUNDS.slicer.averageSize);
  if (!size.ok) return size;
  const delay = whole('slicer.delay', fields.value['delay'], BOUNDS.slicer.delay);
  return delay.ok ? good({ averageSize: size.value, delay: delay.value }) : delay;
}

/** An object that has no other names than these. */
function onlyWith(
  value: unknown,
  names: readonly string[],
  example: string,
  called = 'conditions',
): Parsed<Record<string, unknown>> {
  if (!isRecord(value)) return bad(`Give ${called} as a JSON object such as ${example}.`);
  const other = Object.keys(value).find((name) => !names.includes(name));
  if (other === undefined) return good(value);
  return bad(`${JSON.stringify(other)} is none of ${names.join(', ')}.`);
}

function whole(name: string, value: unknown, { least, most }: Bounds): Parsed<number> {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most)
    return good(value);
  return bad(`"${name}" must be a whole number from ${least} to ${most}.`);
}

function wholeOrNull(name: string, value: unknown, bounds: Bounds): Parsed<number | null> {
  if (value === null) return good(null);
  const number = whole(name, value, bounds);
  return number.ok ? number : bad(`${number.detail.slice(0, -1)}, or null for none.`);
}
