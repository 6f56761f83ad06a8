/**
 * The scripts of the shared tier. Each is atomic, and safe when it runs late or twice.
 *
 * An entry is `seal version born\npayload`: when its load began, in milliseconds of Redis's clock. Its seal is its
 * own name (owner and id), so that it is none under another key, and the generations of its tags; it is
 * readable only while they are the same. An invalidation removes generations, which needs no memory and so
 * works in a Redis that is full; the next lease makes new ones, of words that were never used before. A word
 * begins with the end of its key's name, so that entries tell whose they are.
 *
 * The index of a tag has its entries, and the directory has every tag with the time when its last entry ends: so that
 * it is noticed when Redis has lost an index, and only then all entries have to be looked through.
 *
 * What is of the wrong type, or no word, was written by a stranger: it is removed as if it had never been.
 */
import { createScript } from '../../../storage/redis/run-script.ts';

/** Characters of a generation's key that its words begin with. */
export const MARK = 12;
/** Member of an index that was lost: it knows of no entry before. */
const LOST = 'lost';
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
local function nameOf(key)
  return string.match(key, '[^:]+$')
end`;

/**
 * The right to load, for who saw no entry that would do.
 * KEYS entry, lease, generation…  ARGV new word, lease ms, generation ms, first line of the entry seen
 */
export const LEASE = createScript(
  'cache_lease',
  `${HELPERS}
local raw = redis.pcall('GETRANGE', KEYS[1], 0, ${HEAD - 1})
if type(raw) == 'table' then
  redis.call('UNLINK', KEYS[1])
  return {'corrupt'}
end
if raw ~= '' and string.match(raw, '^[^\\n]*') ~= ARGV[4] then return {'none'} end
local words = {nameOf(KEYS[1])}
for i = 3, #KEYS do
  local word = text(KEYS[i])
  if not word or not string.find(word, '^[%w_.-]+$') then
    word = string.sub(KEYS[i], -${MARK}) .. '.' .. ARGV[1]
    redis.call('SET', KEYS[i], word, 'PX', ARGV[3])
  end
  words[#words + 1] = word
end
local seal = table.concat(words, ',')
local lease = text(KEYS[2])
if lease then
  local failed = '!' .. seal .. ' '
  if string.sub(lease, 1, #failed) == failed then return {'failed', string.sub(lease, #failed + 1)} end
  if string.sub(lease, -#seal - 1) == ' ' .. seal then return {'busy'} end
end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. seal, 'PX', ARGV[2])
return {'lease', seal}`,
);

/**
 * KEYS entry, lease, then so many generations as ARGV[4] says, the directory, then the indexes of tags.
 * ARGV lease, version, ms until its end, count, seal, generation ms, payload, age in ms
 */
export const STORE = createScript(
  'cache_store',
  `${HELPERS}
if text(KEYS[2]) ~= ARGV[1] then return 'lease' end
local words, count = {nameOf(KEYS[1])}, tonumber(ARGV[4])
for i = 3, 2 + count do words[#words + 1] = text(KEYS[i]) or '' end
if table.concat(words, ',') ~= ARGV[5] then
  redis.call('DEL', KEYS[2])
  return 'generation'
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local directory = KEYS[3 + count]
intact(directory, 'zset')
redis.call('ZREMRANGEBYSCORE', directory, '-inf', now)
for i = 4 + count, #KEYS do
  intact(KEYS[i], 'zset')
  local tag = nameOf(KEYS[i])
  if redis.call('EXISTS', KEYS[i]) == 0 and redis.call('ZSCORE', directory, tag) then
    redis.call('ZADD', KEYS[i], '+inf', '${LOST}')
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
  redis.call('ZADD', KEYS[i], now + ARGV[3], KEYS[1])
  redis.call('ZADD', directory, 'GT', now + ARGV[3], tag)
end
for i = 3, #KEYS do
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
end
local head = string.format('%s %s %d\\n', ARGV[5], ARGV[2], now - ARGV[8])
redis.call('SET', KEYS[1], head .. ARGV[7], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 'stored'`,
);

/** KEYS lease  ARGV what it is, what it becomes ('': nothing), ms */
export const HOLD = createScript(
  'cache_hold',
  `${HELPERS}
if text(KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1`,
);

/** Epoch and number; a new epoch when they cannot be what was written. KEYS position… */
const POSITION = `${HELPERS}
local function position(step, newEpoch)
  local epoch, number = string.match(text(KEYS[1]) or '', '^([%w_-]+) (%d+)$')
  local next = string.format('%d', (number or 0) + step)
  if not epoch or step > 0 then redis.call('SET', KEYS[1], (epoch or newEpoch) .. ' ' .. next) end
  return epoch or newEpoch, next
end`;

/** KEYS position, entries, leases, generations  ARGV channel, message, new epoch, how many entries */
export const INVALIDATE = createScript(
  'cache_invalidate',
  `${POSITION}
local removed = 0
for i = 2, #KEYS do
  local gone = redis.call('DEL', KEYS[i])
  if i <= 1 + ARGV[4] then removed = removed + gone end
end
local epoch, number = position(1, ARGV[3])
redis.call('PUBLISH', ARGV[1], epoch .. ' ' .. number .. ' ' .. ARGV[2])
return removed`,
);

/** KEYS position  ARGV new epoch */
export const POLL = createScript(
  'cache_poll',
  `${POSITION}
local epoch, number = position(0, ARGV[1])
return {epoch, number}`,
);

/**
 * KEYS index of a tag, directory  ARGV how many members at once
 * Gives how many members it took, how many entries went, and 1 when there may be some that the index does not know.
 */
export const SWEEP = createScript(
  'cache_sweep',
  `${HELPERS}
intact(KEYS[1], 'zset')
intact(KEYS[2], 'zset')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tag = nameOf(KEYS[1])
local lost = redis.call('ZREM', KEYS[1], '${LOST}')
if redis.call('EXISTS', KEYS[1]) == 0 then
  local ends = redis.call('ZSCORE', KEYS[2], tag)
  if redis.call('EXISTS', KEYS[2]) == 0 or (ends and tonumber(ends) > now) then lost = 1 end
end
local members = redis.call('ZPOPMIN', KEYS[1], ARGV[1])
local removed = 0
for m = 1, #members, 2 do removed = removed + redis.call('DEL', members[m]) end
-- Else the directory tells whoever asks next that the index was lost.
if lost == 0 and redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], tag) end
return {#members / 2, removed, lost}`,
);

/** KEYS entries  ARGV beginnings of words: what is sealed with one of them goes */
export const PURGE = createScript(
  'cache_purge',
  `
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
return removed`,
);
