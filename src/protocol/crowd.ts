import { parseRoomName } from './message.ts';
import { bad, good, isRecord, type Parsed } from './parse.ts';

/**
 * Further readers of a room, beside those of a page: plain clients in a process of the server's
 * machine, since a browser opens no more than six HTTP/1.1 connections to one server. None of it is
 * part of the contract.
 */

export const CROWD_TRANSPORTS = [
  'polling',
  'long-polling',
  'server-sent-events',
  'websocket',
] as const;
export type CrowdTransport = (typeof CROWD_TRANSPORTS)[number];

/** Further readers of each transport, at most. */
export const MOST_OF_EACH = 49;

/** What a page wants of its crowd. */
export interface CrowdWish {
  room: string;
  /** Readers of each transport. */
  readers: number;
  /** ms from one question of polling to the next. */
  interval: number;
  /** s for which long polling is held at most. */
  wait: number;
  /** They read at process A of the pair, over Redis. */
  atA: boolean;
  /** The tag that all readers of a transport bear: their network is as bad as that tag’s. */
  tags: Readonly<Record<CrowdTransport, string>>;
}

/** What the readers of one transport have done, all together. */
export interface CrowdCounts {
  open: number;
  /** Messages that the one has that has least, and the one that has most. */
  least: number;
  most: number;
  missed: number;
  repeated: number;
  requests: number;
  /** ms; null while there are none. */
  p50: number | null;
  p95: number | null;
}

export interface CrowdView {
  pid: number;
  readers: number;
  counts: Readonly<Record<CrowdTransport, CrowdCounts>>;
}

export const NO_COUNTS: CrowdCounts = {
  open: 0,
  least: 0,
  most: 0,
  missed: 0,
  repeated: 0,
  requests: 0,
  p50: null,
  p95: null,
};

/** Reads a wish that a stranger sent. */
export function parseCrowdWish(json: unknown): Parsed<CrowdWish> {
  if (!isRecord(json) || !isRecord(json['tags'])) return bad('Send "room", "readers" and "tags".');
  const room = parseRoomName(json['room']);
  if (!room.ok) return room;
  const { readers, interval, wait, atA, tags } = json;
  if (!isWithin(readers, 1, MOST_OF_EACH))
    return bad(`"readers" must be a whole number from 1 to ${MOST_OF_EACH}.`);
  if (!isWithin(interval, 250, 60_000))
    return bad('"interval" must be a whole number of ms from 250 to 60000.');
  if (!isWithin(wait, 1, 25)) return bad('"wait" must be a whole number of seconds from 1 to 25.');
  const known = byTransport((name) => {
    const tag = tags[name];
    return typeof tag === 'string' && /^[A-Za-z0-9]{16,64}$/.test(tag) ? tag : '';
  });
  if (Object.values(known).includes(''))
    return bad('"tags" has a tag of 16 to 64 letters and digits for each transport: mend it.');
  return good({ room: room.value, readers, interval, wait, atA: atA === true, tags: known });
}

/** Reads what the server answered. */
export function parseCrowdView(json: unknown): Parsed<CrowdView> {
  if (!isRecord(json) || !isRecord(json['counts'])) return bad('This is no crowd.');
  const { counts } = json;
  return good({
    pid: Number(json['pid']),
    readers: Number(json['readers']),
    counts: byTransport((name) => countsIn(counts[name])),
  });
}

/** A value for each transport. */
export function byTransport<Value>(
  of: (name: CrowdTransport) => Value,
): Record<CrowdTransport, Value> {
  return {
    polling: of('polling'),
    'long-polling': of('long-polling'),
    'server-sent-events': of('server-sent-events'),
    websocket: of('websocket'),
  };
}

function countsIn(json: unknown): CrowdCounts {
  if (!isRecord(json)) return NO_COUNTS;
  const time = (value: unknown) => (typeof value === 'number' ? value : null);
  return {
    open: Number(json['open']),
    least: Number(json['least']),
    most: Number(json['most']),
    missed: Number(json['missed']),
    repeated: Number(json['repeated']),
    requests: Number(json['requests']),
    p50: time(json['p50']),
    p95: time(json['p95']),
  };
}

const isWithin = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
