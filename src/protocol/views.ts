import { bad, good, isRecord, type Parsed } from './parse.ts';

/** What a demo is shown of the server's inside. None of it is part of the contract. */

/** A room's long-poll readers: whether each is held, and how many messages it is owed. */
export interface ReadersView {
  readers: readonly { held: boolean; owed: number }[];
  many: number;
}

/** A connection list: the group of each connection, in order, and the process that has the list. */
export interface ListView {
  groups: readonly string[];
  many: number;
  process: number;
}

/** A group of the channel layer: for each member, what waits in its channel and what that lost. */
export interface GroupView {
  members: readonly { channel: string; waiting: number; lost: number }[];
  many: number;
  capacity: number;
  /** What stands in Redis for it; null while Redis is away. */
  stored: readonly StoredView[] | null;
}

/** A key of Redis: how many are in it, and some of them as text. */
export interface StoredView {
  key: string;
  kind: StoredKind;
  many: number;
  entries: readonly string[];
}

export const STORED_KINDS = ['members', 'queue', 'subscribers'] as const;
export type StoredKind = (typeof STORED_KINDS)[number];

/** One of the two processes. */
export interface MemberView {
  /** `away`: it died, and comes back by itself. */
  state: 'stopped' | 'starting' | 'up' | 'away';
  /** While it runs. */
  pid?: number;
  /** When it came into this state: ms since the epoch, by the server's clock. */
  since: number;
}

/** The two processes A and B behind this server. */
export interface PairView {
  /** Whether whoever asked may use them. */
  allowed: boolean;
  /** Whose Redis they use: the server's own, one that it was given, or none. */
  redis: 'own' | 'given' | 'none';
  /** The channel layers that they can be reached with. */
  layers: string[];
  members: { a: MemberView; b: MemberView };
  /** Django, by the layer that it shares with them; absent where the machine has none, as far as is known. */
  django?: { pubsub: MemberView; core: MemberView };
}

const STRANGE = 'This is not what this server’s demo shows.';

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
  const { many, capacity, stored } = json;
  return good({
    members,
    many: Number(many),
    capacity: Number(capacity),
    stored: Array.isArray(stored) ? stored.filter(isRecord).flatMap(storedOf) : null,
  });
}

export function parsePair(json: unknown): Parsed<PairView> {
  if (!isRecord(json) || !Array.isArray(json['layers']) || !isRecord(json['members']))
    return bad(STRANGE);
  const { allowed, redis, layers, members } = json;
  const [a, b] = [memberOf(members['a']), memberOf(members['b'])];
  if (!a || !b) return bad(STRANGE);
  const django = isRecord(json['django']) ? json['django'] : {};
  const [pubsub, core] = [memberOf(django['pubsub']), memberOf(django['core'])];
  return good({
    allowed: allowed === true,
    redis: redis === 'own' || redis === 'given' ? redis : 'none',
    layers: layers.map(String),
    members: { a, b },
    ...(pubsub && core && { django: { pubsub, core } }),
  });
}

function storedOf({ key, kind, many, entries }: Record<string, unknown>): StoredView[] {
  const known = STORED_KINDS.find((one) => one === kind);
  if (!known || !Array.isArray(entries)) return [];
  return [{ key: String(key), kind: known, many: Number(many), entries: entries.map(String) }];
}

function memberOf(json: unknown): MemberView | undefined {
  if (!isRecord(json)) return undefined;
  const { state, pid, since } = json;
  if (state !== 'stopped' && state !== 'starting' && state !== 'up' && state !== 'away')
    return undefined;
  return { state, since: Number(since), ...(typeof pid === 'number' && { pid }) };
}
