-- The generic cell rate algorithm for several buckets of one key: all of them count, or none.
--
-- KEYS[1]  a hash: when each bucket is full again, in microseconds by the clock of Redis
-- ARGV     for each bucket its name, the microseconds in which one call returns, and its burst
-- answer   1 and how many more calls may come at once, or 0 and the microseconds to wait

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local counted, last = {}, now
local remaining, retry_after = 4294967295, 0

for first = 1, #ARGV, 3 do
  local name, interval, burst = ARGV[first], tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local full_at = tonumber(redis.call('HGET', KEYS[1], name) or now)
  local next = math.max(full_at, now) + interval
  local room = interval * burst - (next - now)
  retry_after = math.max(retry_after, -room)
  remaining = math.min(remaining, math.floor(room / math.max(interval, 1)))
  counted[#counted + 1] = name
  counted[#counted + 1] = next
  last = math.max(last, next)
end

if retry_after > 0 then
  return { 0, retry_after }
end
redis.call('HSET', KEYS[1], unpack(counted))
-- Other buckets of the key may need it for longer.
local needed = math.ceil((last - now) / 1000)
if redis.call('PTTL', KEYS[1]) < needed then
  redis.call('PEXPIRE', KEYS[1], needed)
end
return { 1, remaining }
