-- A Redis that is started again from a snapshot lacks what came after it, and would give the same
-- sequences to other messages. So without its append-only file a log is good for one run of it.
local run = 'any'
if not string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) then
  run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
end
