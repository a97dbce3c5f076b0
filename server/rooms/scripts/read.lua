-- [base, room, epoch, sequence] → [] for none, or [epoch, last sequence, entries of the stream after]
local log, meta = ARGV[1] .. 'log:' .. ARGV[2], ARGV[1] .. 'meta:' .. ARGV[2]
if redis.call('HGET', meta, 'run') ~= run then return {} end
local epoch, from = redis.call('HGET', meta, 'epoch'), '-'
if epoch == ARGV[3] then from = string.format('%.0f-0', ARGV[4] + 1) end
return { epoch, tonumber(redis.call('HGET', meta, 'last')), redis.call('XRANGE', log, from, '+') }
