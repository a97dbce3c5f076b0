import { createHash } from 'node:crypto';
import type { RedisClient } from '../channels/index.ts';

// What has to happen at once, in Redis' own Lua. `base` is the beginning of all keys. A room is two
// of them: `log:…`, a stream of its messages, whose ids count from 1-0, and `meta:…`, a hash with its
// `epoch`, the sequence of its `last`, and the `run` of Redis that it is good for. Three are for all
// rooms: when each was used last, in ms; what each weighs, in bytes; what all weigh together. What is
// appended is published on `said`.

/**
 * A Redis that is started again from a snapshot lacks what came after it, and would give the same
 * sequences to other messages. So without its append-only file a log is good for one run of it.
 */
const RUN = `
local run = 'any'
if not string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) then
  run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end
`;

const SHARED = `
local base = ARGV[1]
local used, sizes, all = base .. 'used', base .. 'sizes', base .. 'all'
local function weigh(room, bytes)
  redis.call('INCRBY', all, bytes)
  return redis.call('HINCRBY', sizes, room, bytes)
end
local function drop(room)
  redis.call('DEL', base .. 'log:' .. room, base .. 'meta:' .. room)
  redis.call('DECRBY', all, redis.call('HGET', sizes, room) or 0)
  redis.call('HDEL', sizes, room)
  redis.call('ZREM', used, room)
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function touch(room, seconds)
  redis.call('ZADD', used, now, room)
  for _, key in ipairs({ base .. 'log:' .. room, base .. 'meta:' .. room, used, sizes, all }) do
    redis.call('EXPIRE', key, seconds)
  end
end
`;

/**
 * [base, room, an epoch if it is new, the message as JSON, seconds until keys lapse by themselves,
 * messages a room, bytes a room, bytes a room costs beside, bytes of all rooms] → [epoch, sequence]
 */
export const append = script(`${SHARED}${RUN}
local room, epoch, said, seconds = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local most, bytes = tonumber(ARGV[6]), tonumber(ARGV[7])
local overhead, bytesOfAll = tonumber(ARGV[8]), tonumber(ARGV[9])
local log, meta = base .. 'log:' .. room, base .. 'meta:' .. room
if redis.call('HGET', meta, 'run') ~= run then
  drop(room) -- it may have lapsed by itself
  redis.call('HSET', meta, 'epoch', epoch, 'run', run)
  weigh(room, overhead)
end
epoch = redis.call('HGET', meta, 'epoch')
local last = redis.call('HINCRBY', meta, 'last', 1)
redis.call('XADD', log, last .. '-0', 'm', said)
local size = weigh(room, #said)
local many = redis.call('XLEN', log)
while many > most or size - overhead > bytes do
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', log, oldest[1])
  size = weigh(room, -#oldest[2][2])
  many = many - 1
end
touch(room, seconds)
while tonumber(redis.call('GET', all)) > bytesOfAll do
  local idlest = redis.call('ZRANGE', used, 0, 0)[1]
  if idlest == room then break end
  drop(idlest)
end
redis.call('PUBLISH', base .. 'said', room .. ' ' .. epoch .. ' ' .. last .. ' ' .. said)
return { epoch, last }
`);

/** [base, room, epoch, sequence] → [] for none, or [epoch, last sequence, entries of the stream after] */
export const read = script(`${RUN}
local log, meta = ARGV[1] .. 'log:' .. ARGV[2], ARGV[1] .. 'meta:' .. ARGV[2]
if redis.call('HGET', meta, 'run') ~= run then return {} end
local epoch, from = redis.call('HGET', meta, 'epoch'), '-'
if epoch == ARGV[3] then from = string.format('%.0f-0', ARGV[4] + 1) end
return { epoch, tonumber(redis.call('HGET', meta, 'last')), redis.call('XRANGE', log, from, '+') }
`);

/** [base, seconds until keys lapse by themselves, seconds that an idle room is kept, rooms in use …] */
export const sweep = script(`${SHARED}
redis.call('EXPIRE', used, ARGV[2]) -- needs no memory: after it a Redis that is full refuses no write
for place = 4, #ARGV do -- those that lapsed are not made again
  if redis.call('ZSCORE', used, ARGV[place]) then touch(ARGV[place], ARGV[2]) end
end
for _, room in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', now - ARGV[3] * 1000, 'LIMIT', 0, 1000)) do
  drop(room)
end
`);

/** A script that Redis is told once and then called by its name (EVALSHA). */
function script(source: string) {
  const sha = createHash('sha1').update(source).digest('hex');
  return async (client: RedisClient, ...words: string[]): Promise<unknown> => {
    const call = { keys: [], arguments: words };
    try {
      return await client.evalSha(sha, call);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(source, call);
    }
  };
}
