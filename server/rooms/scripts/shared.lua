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
