/**
 * The decision inside Redis: all policies of a subject in one atomic call, all or nothing.
 *
 * The same windows as in `window-table.ts`: each key holds their sum and the cells, oldest first, each the
 * time of its last admission (µs, as a double: exact to the year 2255) and a count. Time is Redis's own, and never
 * runs backwards within a window: after a fail-over to a server whose clock is behind, a window
 * stays as full as it was until that clock has caught up.
 *
 * KEYS: a window for each policy. ARGV: the cost, 1 to count it when it is admitted (0: look), then for each
 * policy its quota, its window in µs, and 1 when it is enforced (0: shadow).
 * Returns three integers for each policy: used, ms until the cost fits, ms until room appears.
 */
import { CELLS } from './policy.ts';

export const script = `
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local floor, ceil = math.floor, math.ceil
local pack, read = struct.pack, struct.unpack
local windows, reply = {}, {}
local enforced = ARGV[2] == '1'
local all = enforced

for i = 1, #KEYS do
  local quota, length = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local charge = cost
  if charge > quota then charge = quota end
  local raw = redis.call('GET', KEYS[i])
  local first, sum, oldest, last, count, now = 5, 0, 0, 0, 0, clock
  if raw then
    if #raw % 12 ~= 4 then return redis.error_reply('ERR this key holds no window') end
    sum, oldest = read('<I4d', raw)
    last, count = read('<dI4', raw, #raw - 11)
    if last > now then now = last end
    while oldest + length <= now do
      sum = sum - read('<I4', raw, first + 8)
      first = first + 12
      if first > #raw then raw = false break end
      oldest = read('<d', raw, first)
    end
  end
  local surplus, wait, at = sum + charge - quota, 0, first
  while surplus > 0 do
    local admitted, amount = read('<dI4', raw, at)
    surplus = surplus - amount
    wait = ceil((admitted + length - clock) / 1000)
    at = at + 12
  end
  if wait > 0 then
    all = false
    if ARGV[3 * i + 2] == '1' then enforced = false end
  end
  local reset = 0
  if sum > 0 then reset = ceil((oldest + length - clock) / 1000) end
  windows[i] = { raw, first, sum + charge, oldest, last, count, now, length, charge }
  reply[3 * i - 2], reply[3 * i - 1], reply[3 * i] = sum, wait, reset
end
all = all and enforced

for i = 1, #KEYS do
  local write = all
  if ARGV[3 * i + 2] == '1' then write = enforced end
  if write then
    local raw, first, sum, oldest, last, count, now, length, charge = unpack(windows[i])
    local width, kept = length / ${CELLS}, ''
    if raw and floor(last / width) == floor(now / width) then
      charge = charge + count
      kept = raw:sub(first, -13)
    elseif raw then
      kept = raw:sub(first)
    end
    if kept == '' then oldest = now end
    local cells = pack('<I4', sum) .. kept .. pack('<dI4', now, charge)
    redis.call('SET', KEYS[i], cells, 'PX', ceil((now + length - clock) / 1000))
    reply[3 * i - 2] = sum
    reply[3 * i] = ceil((oldest + length - clock) / 1000)
  end
end
return reply
`;
