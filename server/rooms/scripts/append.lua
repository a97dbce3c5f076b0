-- [base, room, an epoch if it is new, the message as JSON, seconds until keys lapse by themselves,
-- messages a room, bytes a room, bytes a room costs beside, bytes of all rooms] → [epoch, sequence]
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
