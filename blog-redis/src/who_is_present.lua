-- What all nodes say of who is with them, as far as their words still hold.
--
-- KEYS[1]  the hash of show_presence.lua
-- answer   what each node said

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local said, holding = redis.call('HGETALL', KEYS[1]), {}
for first = 1, #said, 2 do
  local until_when, here = string.match(said[first + 1], '^(%d+) (.*)$')
  if tonumber(until_when) > now then
    holding[#holding + 1] = here
  end
end
return holding
