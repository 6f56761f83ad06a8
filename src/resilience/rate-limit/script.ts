/**
 * The decision inside Redis: all policies of a subject in one atomic call, all or nothing.
 *
 * The same windows as in `window-table.ts`: each key holds their sum and the cells, oldest first, each the
 * time of its last admission (µs, as a double: exact to the year 2255) and a count. Time is Redis's own, and never
 * runs backwards within a window: after a fail-over to a server whose clock is behind, a window
 * stays as full as it was until that clock has caught up.
 *
 * Decides any number of equal requests that came together, in order, as if each had come by itself at
 * the same moment: as many as fit are admitted, the rest write nothing.
 *
 * KEYS: a window for each policy. ARGV: the cost of a request, the number of requests, 1 to count what is
 * admitted (0: look), then for each policy its quota, its window in µs, and `1` when it is enforced, `0`
 * in shadow, `-` when nothing is taken from it.
 * Returns how many were admitted and how many of them fit every policy (shadow policies count those),
 * then three integers for each policy: used before, ms until the first that did not fit would, ms until
 * room appears.
 */
import { CELLS } from './policy.ts';

/**
 * Adds to one window what was admitted without Redis, at the times at which it was.
 *
 * KEYS: the window. ARGV: its length in µs, then for each cell how long ago its last admission was, in µs, and
 * a count. What is a window old already is left out.
 */
export const addingScript = `
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local length = tonumber(ARGV[1])
local width = length / ${CELLS}
local pack, read = struct.pack, struct.unpack
local cells = {}
local raw = redis.call('GET', KEYS[1])
if raw then
  if #raw % 12 ~= 4 then return redis.error_reply('ERR this key holds no window') end
  for at = 5, #raw, 12 do
    local since, count = read('<dI4', raw, at)
    cells[#cells + 1] = { since, count }
  end
end
for i = 2, #ARGV, 2 do
  cells[#cells + 1] = { clock - tonumber(ARGV[i]), tonumber(ARGV[i + 1]) }
end
table.sort(cells, function(one, other) return one[1] < other[1] end)
local sum, kept, last, count = 0, {}, nil, 0
for _, cell in ipairs(cells) do
  if cell[1] + length > clock then
    sum = sum + cell[2]
    if last and math.floor(last / width) ~= math.floor(cell[1] / width) then
      kept[#kept + 1] = pack('<dI4', last, count)
      count = 0
    end
    last, count = cell[1], count + cell[2]
  end
end
if not last then return 0 end
kept[#kept + 1] = pack('<dI4', last, count)
local left = math.ceil((last + length - clock) / 1000)
redis.call('SET', KEYS[1], pack('<I4', sum) .. table.concat(kept), 'PX', left)
return sum
`;

export const script = `
local time = redis.call('TIME')
local clock = time[1] * 1000000 + time[2]
local cost, requests = tonumber(ARGV[1]), tonumber(ARGV[2])
local floor, ceil = math.floor, math.ceil
local pack, read = struct.pack, struct.unpack
local windows, reply = {}, {}
local admitted, all = requests, requests
if ARGV[3] ~= '1' then admitted, all = 0, 0 end

for i = 1, #KEYS do
  local quota, length = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2])
  local charge = cost
  if ARGV[3 * i + 3] == '-' then charge = 0 elseif charge > quota then charge = quota end
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
  local room = requests
  if charge > 0 then room = floor((quota - sum) / charge) end
  if room < all then all = room end
  if ARGV[3 * i + 3] == '1' and room < admitted then admitted = room end
  windows[i] = { raw, first, sum, oldest, last, count, now, length, charge, quota }
end
if admitted < 0 then admitted = 0 end
if all < 0 then all = 0 end
if all > admitted then all = admitted end
reply[1], reply[2] = admitted, all

for i = 1, #KEYS do
  local raw, first, sum, oldest, last, count, now, length, charge, quota = unpack(windows[i])
  local counted = all
  if ARGV[3 * i + 3] == '1' then counted = admitted end
  local used, wait, reset = sum, 0, 0
  if counted > 0 and charge > 0 then
    local width, kept, amount = length / ${CELLS}, '', counted * charge
    sum = sum + amount
    if raw and floor(last / width) == floor(now / width) then
      amount = amount + count
      kept = raw:sub(first, -13)
    elseif raw then
      kept = raw:sub(first)
    end
    if kept == '' then oldest = now end
    raw, first = pack('<I4', sum) .. kept .. pack('<dI4', now, amount), 5
    redis.call('SET', KEYS[i], raw, 'PX', ceil((now + length - clock) / 1000))
  end
  local surplus, at = sum + charge - quota, first
  while charge > 0 and counted < requests and surplus > 0 do
    local since, amount = read('<dI4', raw, at)
    surplus = surplus - amount
    wait = ceil((since + length - clock) / 1000)
    at = at + 12
  end
  if sum > 0 then reset = ceil((oldest + length - clock) / 1000) end
  reply[3 * i], reply[3 * i + 1], reply[3 * i + 2] = used, wait, reset
end
return reply
`;
