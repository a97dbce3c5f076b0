/** What the core of channels_redis runs within Redis; ours say in addition which queues were full. */

/** KEYS: queues; ARGV: a message for each, a capacity for each, score, expiry. */
export const GROUP_SEND = `
  local full = {}
  local score = ARGV[#ARGV - 1]
  local expiry = ARGV[#ARGV]
  for i = 1, #KEYS do
    if redis.call('ZCOUNT', KEYS[i], '-inf', '+inf') < tonumber(ARGV[i + #KEYS]) then
      redis.call('ZADD', KEYS[i], score, ARGV[i])
      redis.call('EXPIRE', KEYS[i], expiry)
    else
      full[#full + 1] = i
    end
  end
  return full`;

/** ARGV: a queue, and where stands what was taken from it by someone who has not said "done". */
export const TAKE_BACK = `
  local taken = redis.call('ZRANGE', ARGV[2], 0, -1, 'WITHSCORES')
  for i = #taken, 1, -2 do
    redis.call('ZADD', ARGV[1], taken[i], taken[i - 1])
  end
  redis.call('DEL', ARGV[2])`;

/** ARGV: a pattern. */
export const FLUSH = `
  local keys = redis.call('KEYS', ARGV[1])
  for i = 1, #keys, 5000 do
    redis.call('DEL', unpack(keys, i, math.min(i + 4999, #keys)))
  end`;
