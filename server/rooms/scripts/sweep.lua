-- [base, seconds until keys lapse by themselves, seconds that an idle room is kept, rooms in use …]
redis.call('EXPIRE', used, ARGV[2]) -- needs no memory: after it a Redis that is full refuses no write
for place = 4, #ARGV do -- those that lapsed are not made again
  if redis.call('ZSCORE', used, ARGV[place]) then touch(ARGV[place], ARGV[2]) end
end
for _, room in ipairs(redis.call('ZRANGEBYSCORE', used, '-inf', now - ARGV[3] * 1000, 'LIMIT', 0, 1000)) do
  drop(room)
end
