/**
 * The scripts of the shared tier. Each is atomic, and safe when it runs late or twice.
 *
 * An entry is `seal version ttl due keep end\npayload`: milliseconds, the end by Redis's clock. Its seal is the generations of its tags; it is readable
 * only while they are the same. An invalidation removes generations, which needs no memory and so
 * works in a Redis that is full; the next reader makes new ones, of words that were never used before.
 */

/** KEYS entry, lease, generation…  ARGV new word, lease ms, known version, mode, generation ms */
export const READ = `
local mode = ARGV[4]
local words, whole = {}, true
for i = 3, #KEYS do
  local word = redis.call('GET', KEYS[i])
  if not word then
    whole = false
    word = ARGV[1]
    if mode ~= 'stale' then redis.call('SET', KEYS[i], word, 'PX', ARGV[5]) end
  end
  words[#words + 1] = word
end
local seal = table.concat(words, ',')
local head = redis.pcall('GETRANGE', KEYS[1], 0, 511)
if type(head) == 'table' then
  redis.call('DEL', KEYS[1])
  return {'corrupt'}
end
if head ~= '' then
  local sealed, version, ttl, due, keep = string.match(head, '^(%S+) (%S+) (%d+) (%d+) (%d+) %d+\\n')
  local left = redis.call('PTTL', KEYS[1])
  if not sealed or left < 0 then
    redis.call('DEL', KEYS[1])
    return {'corrupt'}
  end
  local age = math.max(0, tonumber(keep) - left)
  local wanted = mode == 'stale' or age < tonumber(mode == 'refresh' and due or ttl)
  if not whole or sealed ~= seal then
    if mode ~= 'stale' then redis.call('DEL', KEYS[1]) end
  elseif wanted then
    if version == ARGV[3] then return {'same', version, age, ttl, due, left} end
    local raw = redis.call('GET', KEYS[1])
    return {'entry', version, age, ttl, due, left, string.sub(raw, string.find(raw, '\\n', 1, true) + 1)}
  end
end
if mode == 'stale' then return {'none'} end
local lease = redis.call('GET', KEYS[2])
if lease then
  local failed = '!' .. seal .. ' '
  if string.sub(lease, 1, #failed) == failed then return {'failed', string.sub(lease, #failed + 1)} end
  if string.sub(lease, -#seal - 1) == ' ' .. seal then return {'busy'} end
end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. seal, 'PX', ARGV[2])
return {'lease', seal}`;

/**
 * KEYS entry, lease, then so many generations as ARGV[4] says, then the indexes of tags.
 * ARGV lease, head of the entry, ms until its end, count, seal, generation ms, payload
 */
export const STORE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 'lease' end
local words, count = {}, tonumber(ARGV[4])
for i = 3, 2 + count do words[#words + 1] = redis.call('GET', KEYS[i]) or '' end
if table.concat(words, ',') ~= ARGV[5] then
  redis.call('DEL', KEYS[2])
  return 'generation'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3 + count, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], now + ARGV[3], KEYS[1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
end
for i = 3, 2 + count do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
end
redis.call('SET', KEYS[1], ARGV[2] .. string.format(' %d\\n', now + ARGV[3]) .. ARGV[7], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 'stored'`;

/** KEYS lease  ARGV lease, ms */
export const RENEW = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** KEYS lease  ARGV lease, what others are told or '', ms */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/**
 * KEYS position, then entries, leases, generations, and at last the indexes of tags  ARGV channel, message,
 * new epoch, how many entries, how many indexes, how many members at once
 */
export const INVALIDATE = `
local entries, indexes = tonumber(ARGV[4]), tonumber(ARGV[5])
local removed = 0
for i = 2, #KEYS - indexes do
  local gone = redis.call('DEL', KEYS[i])
  if i <= 1 + entries then removed = removed + gone end
end
for i = #KEYS - indexes + 1, #KEYS do
  local members = redis.call('ZPOPMIN', KEYS[i], ARGV[6])
  for m = 1, #members, 2 do removed = removed + redis.call('DEL', members[m]) end
end
local number = redis.pcall('HINCRBY', KEYS[1], 'number', 1)
local named = redis.pcall('HSETNX', KEYS[1], 'epoch', ARGV[3])
local epoch = ARGV[3]
if type(number) == 'table' or type(named) == 'table' then
  redis.call('DEL', KEYS[1])
  number = 0
else
  epoch = redis.call('HGET', KEYS[1], 'epoch')
end
redis.call('PUBLISH', ARGV[1], epoch .. ' ' .. number .. ' ' .. ARGV[2])
return removed`;

/** KEYS index of a tag  ARGV how many members at once */
export const SWEEP = `
local members = redis.call('ZPOPMIN', KEYS[1], ARGV[1])
local removed = 0
for m = 1, #members, 2 do removed = removed + redis.call('DEL', members[m]) end
return {#members / 2, removed}`;

/** KEYS position  ARGV new epoch */
export const POSITION = `
redis.call('HSETNX', KEYS[1], 'epoch', ARGV[1])
local found = redis.call('HMGET', KEYS[1], 'epoch', 'number')
return {found[1], found[2] or '0'}`;
