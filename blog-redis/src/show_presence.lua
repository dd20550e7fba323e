-- What one node says of who is with it, in place of what it said before. Words that hold no longer are
-- forgotten: those of nodes that died.
--
-- KEYS[1]  a hash: for each node until when its word holds, in milliseconds by the clock of Redis, a space,
--          and what it said
-- ARGV     the node, for how many milliseconds its word holds, and what it says: a JSON list

local node, holds, here = ARGV[1], tonumber(ARGV[2]), ARGV[3]
if holds == 0 or here == '[]' then
  redis.call('HDEL', KEYS[1], node)
  return
end
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local said = redis.call('HGETALL', KEYS[1])
for first = 1, #said, 2 do
  if tonumber(string.match(said[first + 1], '^%d+')) <= now then
    redis.call('HDEL', KEYS[1], said[first])
  end
end
redis.call('HSET', KEYS[1], node, string.format('%.0f %s', now + holds, here))
-- Other nodes' words may hold for longer.
if redis.call('PTTL', KEYS[1]) < holds then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', holds))
end
