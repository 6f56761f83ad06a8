/**
 * The scripts of the shared tier. Each is atomic, and safe when it runs late or twice.
 *
 * An entry is `seal version ttl due keep end\npayload`: milliseconds, the end by Redis's clock. Its seal is its
 * own name, so that it is none under another key, and the generations of its tags; it is readable
 * only while they are the same. An invalidation removes generations, which needs no memory and so
 * works in a Redis that is full; the next reader makes new ones, of words that were never used before. A word
 * begins with the end of its key's name, so that entries tell whose they are.
 *
 * What is of the wrong type, or no word, was written by a stranger: it is removed as if it had never been.
 */

/** Characters of a generation's key that its words begin with. */
export const MARK = 12;
/** Bytes within which the head of an entry ends. */
const HEAD = 1024;

const HELPERS = `
local function intact(key, kind)
  local found = redis.call('TYPE', key).ok
  if found ~= kind and found ~= 'none' then redis.call('UNLINK', key) end
end
local function text(key)
  intact(key, 'string')
  return redis.call('GET', key)
end
local function isWord(found)
  return found and string.find(found, '^[%w_.-]+$')
end
local function nameOf(key)
  return string.match(key, '[^:]+$')
end`;

/**
 * KEYS entry, lease, generation…
 * ARGV new word, lease ms, known version, mode, generation ms, largest entry in bytes
 */
export const READ = `${HELPERS}
local mode = ARGV[4]
local words, whole = {nameOf(KEYS[1])}, true
for i = 3, #KEYS do
  local word = text(KEYS[i])
  if not isWord(word) then
    whole = false
    word = string.sub(KEYS[i], -${MARK}) .. '.' .. ARGV[1]
    if mode ~= 'stale' then redis.call('SET', KEYS[i], word, 'PX', ARGV[5]) end
  end
  words[#words + 1] = word
end
local seal = table.concat(words, ',')
local function corrupt()
  redis.call('UNLINK', KEYS[1])
  return {'corrupt'}
end
local head = redis.pcall('GETRANGE', KEYS[1], 0, ${HEAD - 1})
if type(head) == 'table' or redis.call('STRLEN', KEYS[1]) > tonumber(ARGV[6]) then return corrupt() end
if head ~= '' then
  local sealed, version, ttl, due, keep = string.match(head, '^(%S+) (%S+) (%d+) (%d+) (%d+) %d+\\n')
  local left = redis.call('PTTL', KEYS[1])
  if not sealed or left < 0 or string.sub(sealed, 1, #words[1] + 1) ~= words[1] .. ',' then return corrupt() end
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
local lease = text(KEYS[2])
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
export const STORE = `${HELPERS}
if text(KEYS[2]) ~= ARGV[1] then return 'lease' end
local words, count = {nameOf(KEYS[1])}, tonumber(ARGV[4])
for i = 3, 2 + count do words[#words + 1] = text(KEYS[i]) or '' end
if table.concat(words, ',') ~= ARGV[5] then
  redis.call('DEL', KEYS[2])
  return 'generation'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3 + count, #KEYS do
  intact(KEYS[i], 'zset')
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
export const RENEW = `${HELPERS}
if text(KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`;

/** KEYS lease  ARGV lease, what others are told or '', ms */
export const RELEASE = `${HELPERS}
if text(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`;

/** Epoch and number, anew when they cannot be what was written. */
const WHERE = `${HELPERS}
local function position(step, newEpoch)
  intact(KEYS[1], 'hash')
  local epoch, number = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'number'))
  number = tonumber(number or 0)
  if not number or number < 0 or number > 1e14 or number % 1 ~= 0 then epoch, number = false, 0 end
  if not isWord(epoch) or #epoch > 64 then
    epoch = newEpoch
    redis.call('HSET', KEYS[1], 'epoch', epoch, 'number', string.format('%d', number))
  end
  local text = string.format('%d', number + step)
  if step > 0 then redis.call('HSET', KEYS[1], 'number', text) end
  return epoch, text
end`;

const POP = `
local function pop(index, count)
  intact(index, 'zset')
  local members = redis.call('ZPOPMIN', index, count)
  local removed = 0
  for m = 1, #members, 2 do removed = removed + redis.call('DEL', members[m]) end
  return #members / 2, removed
end`;

/**
 * KEYS position, then entries, leases, generations, and at last the indexes of tags  ARGV channel, message,
 * new epoch, how many entries, how many indexes, how many members at once
 */
export const INVALIDATE = `${WHERE}${POP}
local entries, indexes = tonumber(ARGV[4]), tonumber(ARGV[5])
local removed = 0
for i = 2, #KEYS - indexes do
  local gone = redis.call('DEL', KEYS[i])
  if i <= 1 + entries then removed = removed + gone end
end
for i = #KEYS - indexes + 1, #KEYS do
  local _, gone = pop(KEYS[i], ARGV[6])
  removed = removed + gone
end
local epoch, number = position(1, ARGV[3])
redis.call('PUBLISH', ARGV[1], epoch .. ' ' .. number .. ' ' .. ARGV[2])
return removed`;

/** KEYS index of a tag  ARGV how many members at once */
export const SWEEP = `${HELPERS}${POP}
local seen, removed = pop(KEYS[1], ARGV[1])
return {seen, removed}`;

/** KEYS entries  ARGV beginnings of words: what is sealed with one of them goes */
export const PURGE = `
local removed = 0
for i = 1, #KEYS do
  local head = redis.pcall('GETRANGE', KEYS[i], 0, ${HEAD - 1})
  local seal = type(head) == 'string' and string.match(head, '^%S+') or ''
  for m = 1, #ARGV do
    if string.find(seal, ',' .. ARGV[m] .. '.', 1, true) then
      removed = removed + redis.call('DEL', KEYS[i])
      break
    end
  end
end
return removed`;

/** KEYS position  ARGV new epoch */
export const POSITION = `${WHERE}
local epoch, number = position(0, ARGV[1])
return {epoch, number}`;
