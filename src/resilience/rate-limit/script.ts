/**
 * The decision inside Redis: all policies of a subject in one atomic call, all or nothing.
 *
 * The same windows as in `window-table.ts`: each key holds cells, oldest first, each the time of its
 * last admission (µs, as a double: exact to the year 2255) and a count. Time is Redis's own, and never
 * runs backwards within a window: after a fail-over to a server whose clock is behind, a window
 * stays as full as it was until that clock has caught up.
 *
 * KEYS: a window for each policy. ARGV: the cost, 1 to count it when it is admitted (0: look), then for each
 * policy its quota, its window in µs, and 1 when it is enforced (0: shadow).
 * Returns three integers for each policy: used, ms until the cost fits, ms until room appears.
 */
import { createHash } from 'node:crypto';
import { CELLS } from './policy.ts';

export const script = `
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local floor, ceil = math.floor, math.ceil
local windows, reply = {}, {}
local enforced = ARGV[2] == '1'
local all = enforced

for i = 1, #KEYS do
  local quota, length = tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local charge = math.min(cost, quota)
  local raw = redis.call('GET', KEYS[i])
  local cells, count, first, sum, now = {}, 0, 1, 0, clock
  if raw then
    count = #raw / 12
    cells = { struct.unpack('<' .. string.rep('dI4', count), raw) }
    now = math.max(clock, cells[2 * count - 1])
    while first <= count and cells[2 * first - 1] + length <= now do first = first + 1 end
    for c = first, count do sum = sum + cells[2 * c] end
  end
  local surplus, wait = sum + charge - quota, 0
  local c = first
  while surplus > 0 and c <= count do
    surplus = surplus - cells[2 * c]
    wait = ceil((cells[2 * c - 1] + length - clock) / 1000)
    c = c + 1
  end
  if wait > 0 then
    all = false
    if ARGV[3 * i + 2] == '1' then enforced = false end
  end
  local reset = 0
  if sum > 0 then reset = ceil((cells[2 * first - 1] + length - clock) / 1000) end
  windows[i] = { cells, first, count, now, length, charge }
  reply[3 * i - 2], reply[3 * i - 1], reply[3 * i] = sum, wait, reset
end
all = all and enforced

for i = 1, #KEYS do
  local write = all
  if ARGV[3 * i + 2] == '1' then write = enforced end
  if write then
    local cells, first, count, now, length, charge = unpack(windows[i])
    local width = length / ${CELLS}
    if count >= first and floor(cells[2 * count - 1] / width) == floor(now / width) then
      cells[2 * count] = cells[2 * count] + charge
    else
      count = count + 1
      cells[2 * count] = charge
    end
    cells[2 * count - 1] = now
    local ttl = ceil((now + length - clock) / 1000)
    local kept = count - first + 1
    local raw = struct.pack('<' .. string.rep('dI4', kept), unpack(cells, 2 * first - 1, 2 * count))
    redis.call('SET', KEYS[i], raw, 'PX', ttl)
    reply[3 * i - 2] = reply[3 * i - 2] + charge
    reply[3 * i] = ceil((cells[2 * first - 1] + length - clock) / 1000)
  end
end
return reply
`;

/** Redis's name for it. */
export const scriptSha = createHash('sha1').update(script).digest('hex');
