import type { StoredDescription } from './layer.ts';
import type { RedisClient } from './redis-link.ts';
import { decodeQueued, textOf } from './redis-message.ts';
import type { Queues } from './redis-queues.ts';
import { asBytes } from './redis-reader.ts';

const MEMBERS = 100;
const QUEUES = 20;
const LOOKED_AT = 100;
const SHOWN = 10;
const TEXT_LENGTH = 1_000;

/** What stands in Redis for a group: its members, and of their queues what is for them alone. */
export async function storedOf(
  client: RedisClient,
  group: string,
  keys: Queues,
): Promise<StoredDescription[]> {
  const groupKey = keys.groupKey(group);
  const [many, members] = await Promise.all([
    client.zCard(groupKey),
    client.zRangeWithScores(groupKey, 0, MEMBERS - 1),
  ]);
  const names = new Set(members.map(({ value }) => value));
  const queues = [...new Set([...names].map((name) => keys.keyOf(name)))].slice(0, QUEUES);
  return [
    {
      key: groupKey,
      kind: 'members',
      many,
      entries: members.map(({ value, score }) => `${timeOf(score)} ${value}`),
    },
    ...(await Promise.all(queues.map((key) => queueOf(client, key, names)))),
  ];
}

async function queueOf(
  client: RedisClient,
  key: string,
  members: ReadonlySet<string>,
): Promise<StoredDescription> {
  const [many, waiting] = await Promise.all([
    client.zCard(key),
    asBytes(client).zRangeWithScores(key, 0, LOOKED_AT - 1),
  ]);
  const entries = waiting.flatMap(({ value, score }) => {
    const queued = decodeQueued(value);
    if (!queued?.targets?.some((name) => members.has(name))) return [];
    return [`${timeOf(score)} ${textOf(queued.message)}`.slice(0, TEXT_LENGTH)];
  });
  return { key, kind: 'queue', many, entries: entries.slice(0, SHOWN) };
}

/** A score is seconds since 1970, of the sender's clock. */
function timeOf(score: number): string {
  const date = new Date(score * 1000);
  return Number.isNaN(date.getTime()) ? String(score) : date.toISOString();
}
