import { bad, good, isRecord, type Parsed } from './parse.ts';

/** What a demo is shown of the server's inside. None of it is part of the contract. */

/** A room's long-poll readers: whether each is held, and how many messages it is owed. */
export interface ReadersView {
  readers: { held: boolean; owed: number }[];
  many: number;
}

/** A connection list: the group of each connection, in order, and the process that has the list. */
export interface ListView {
  groups: string[];
  many: number;
  process: number;
}

/**
 * A group of the channel layer: for each member, what waits in its channel and what that lost; and
 * what the layer has for the group in Redis.
 */
export interface GroupView {
  members: { channel: string; waiting: number; lost: number }[];
  many: number;
  capacity: number;
  stored: { key: string; kind: string; many: number; entries: string[] }[];
}

/** What the server saw of one WebSocket. */
export interface SightingView {
  path: string;
  headers: (readonly [name: string, value: string])[];
  refused?: { status: number; detail: string };
  closed?: { code: number; reason: string };
}

const STRANGE = 'This is not what this server’s demo shows.';

export function parseReaders(json: unknown): Parsed<ReadersView> {
  if (!isRecord(json) || !Array.isArray(json['readers'])) return bad(STRANGE);
  const readers = json['readers']
    .filter(isRecord)
    .map(({ held, owed }) => ({ held: held === true, owed: Number(owed) }));
  return good({ readers, many: Number(json['many']) });
}

export function parseList(json: unknown): Parsed<ListView> {
  if (!isRecord(json) || !Array.isArray(json['groups'])) return bad(STRANGE);
  const { groups, many, process } = json;
  return good({ groups: groups.map(String), many: Number(many), process: Number(process) });
}

export function parseGroup(json: unknown): Parsed<GroupView> {
  if (!isRecord(json) || !Array.isArray(json['members'])) return bad(STRANGE);
  const members = json['members'].filter(isRecord).map(({ channel, waiting, lost }) => ({
    channel: String(channel),
    waiting: Number(waiting),
    lost: Number(lost),
  }));
  const stored = recordsOf(json['stored']).map(({ key, kind, many, entries }) => ({
    key: String(key),
    kind: String(kind),
    many: Number(many),
    entries: Array.isArray(entries) ? entries.map(String) : [],
  }));
  return good({ members, many: Number(json['many']), capacity: Number(json['capacity']), stored });
}

export function parseSighting(json: unknown): Parsed<SightingView> {
  if (!isRecord(json) || !Array.isArray(json['headers'])) return bad(STRANGE);
  const headers = json['headers']
    .filter((pair) => Array.isArray(pair))
    .map((pair: unknown[]) => [String(pair[0]), String(pair[1])] as const);
  const { path, refused, closed } = json;
  return good({
    path: String(path),
    headers,
    ...(isRecord(refused) && {
      refused: { status: Number(refused['status']), detail: String(refused['detail']) },
    }),
    ...(isRecord(closed) && {
      closed: { code: Number(closed['code']), reason: String(closed['reason']) },
    }),
  });
}

const recordsOf = (value: unknown) => (Array.isArray(value) ? value.filter(isRecord) : []);
