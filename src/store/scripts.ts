import { receiptInLua } from './receipt.ts';

/**
 * The scripts that run inside Redis. Each is one atomic step of the freshness protocol, touches only declared keys,
 * and has its twin in `memory.ts`; one suite and random traces hold the two equal. What is said of them stands above them: a script's own text
 * is part of the bundle, and is sent to Redis.
 *
 * A line that ends in `-- guard: name` is what a race depends on: the race tests take it out and must then fail.
 */

/** What an entry names of a generation, and the nonce that only a hard purge replaces; see generation.ts. */
const generationInLua = `
local function capture(it) return string.match(it, '^[^.]*%.[^.]*') or it end
local function hard(it) return string.match(it, '^[^.]*') end`;

/**
 * Creates what is missing, extends lifetimes, takes the lock if it is free.
 * Returns { granted 0|1, holder|nil, lock's remaining ms, entry|nil, generation…, last? }.
 * KEYS: entry, lock, generation…, last (when ARGV.withLast is '1')
 * ARGV: token, takeLock '0'|'1', lockMs, generationMs, knownFill ('' none), withLast '0'|'1'
 */
export const leaseScript = `${generationInLua}
local token, generationMs = ARGV[1], ARGV[4]
local last = ARGV[6] == '1' and #KEYS
local reply = {0, false, 0, false}
for i = 3, #KEYS do
  local fresh = i == last and token or token .. '.' .. token .. '.0'
  if not redis.call('SET', KEYS[i], fresh, 'NX', 'PX', generationMs) then
    redis.call('PEXPIRE', KEYS[i], generationMs, 'GT')
  end
  local now = redis.call('GET', KEYS[i])
  reply[i + 2] = i == last and now or capture(now)
end
if ARGV[2] == '1' then
  if redis.call('SET', KEYS[2], token, 'NX', 'PX', ARGV[3]) then
    reply[1] = 1
  else
    reply[2] = redis.call('GET', KEYS[2])
    reply[3] = redis.call('PTTL', KEYS[2])
  end
  local entry = redis.call('GET', KEYS[1])
  if entry and string.sub(entry, 5, 4 + #ARGV[5]) == ARGV[5] and ARGV[5] ~= '' then entry = false end
  reply[4] = entry
end
return reply`;

/**
 * Stores, under what was captured, if the lock is mine and no captured generation was purged hard, nor softly where that counts.
 * Returns { 'stored' | 'stored-stale', late generation… } or { why it was refused }.
 * KEYS: entry, lock, captured generation…, late generation…, then late names and last (when ARGV.late is above 0), then beside…
 * ARGV: token, late (count), captured last, late names' value, mustBeCurrent '0'|'1', beside (count),
 *   ttlMs, generationMs, head, tail, captured generation…, value beside ('' removes it)…
 */
export const fillScript = `${generationInLua}
local token, late, beside, ttlMs, generationMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[6]), ARGV[7], ARGV[8]
local captured = #ARGV - 10 - beside
local function writeBeside()
  for i = 1, beside do
    local name, value = KEYS[#KEYS - beside + i], ARGV[#ARGV - beside + i]
    if value == '' then
      redis.call('DEL', name)
    else
      redis.call('SET', name, value, 'PX', math.max(redis.call('PTTL', name), tonumber(ttlMs)))
    end
  end
end
if redis.call('GET', KEYS[2]) ~= token then return {'lease-lost'} end -- guard: fill-lease
redis.call('DEL', KEYS[2])
local pairs_, reply, counts = {}, {'stored'}, ARGV[5] == '1' and capture or hard
for i = 1, captured do
  local now, before = redis.call('GET', KEYS[2 + i]), ARGV[10 + i]
  if not now or counts(now) ~= counts(before) then return {'purged'} end -- guard: fill-generations
  if capture(now) ~= before then reply[1] = 'stored-stale' end
  pairs_[i] = KEYS[2 + i] .. '=' .. before
end
if late > 0 then
  local names, last = KEYS[3 + captured + late], KEYS[4 + captured + late]
  if redis.call('GET', last) ~= ARGV[3] then
    redis.call('SET', names, ARGV[4], 'PX', generationMs)
    writeBeside()
    return {'late-tags-raced'} -- guard: fill-last
  end
  for i = 1, late do
    local name = KEYS[2 + captured + i]
    redis.call('SET', name, token .. '.' .. token .. '.0', 'NX', 'PX', generationMs)
    reply[1 + i] = capture(redis.call('GET', name))
    pairs_[captured + i] = name .. '=' .. reply[1 + i]
  end
end
for i = 3, 2 + captured + late do redis.call('PEXPIRE', KEYS[i], generationMs, 'GT') end
redis.call('SET', KEYS[1], ARGV[9] .. table.concat(pairs_, ' ') .. ARGV[10], 'PX', ttlMs)
writeBeside()
return reply`;

/**
 * Gives the lock back, or turns it into a marker, if it is mine: 'direct', or a failure, of which the first in a while
 * leaves the lock free. Returns 1 if it was.
 * KEYS: lock, failed (after a failure)
 * ARGV: token, directMs ('0' leaves no marker), failure and failedMs (after one)
 */
export const releaseScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local marker, markerMs = 'direct', ARGV[2]
if KEYS[2] then
  marker, markerMs = ARGV[3], redis.call('EXISTS', KEYS[2]) == 1 and ARGV[4] or '0'
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
end
if markerMs == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], marker, 'PX', markerMs) end
return 1`;

/**
 * What accepting, burying and purging share. Lists forget what is older than a receipt lives; of too many, the oldest. The
 * open list forgets the youngest, which the queue still has.
 * KEYS: receipt, open, list…
 * ARGV: purge id, order, acceptedMs, dueMs, lifeMs, most listed
 */
const writingInLua = `${receiptInLua}
local state, tries, accepted = parse(redis.call('GET', KEYS[1]))
local isApplied = state == 'applied' or state == 'verified'
local function writeReceipt(lists, state, attempts, applied, dead, via)
  local value = write(state, attempts, accepted or ARGV[3], applied, 0, dead, via, ARGV[2])
  redis.call('SET', KEYS[1], value, 'PX', ARGV[5])
  if accepted then return end
  for i = 3, 2 + lists do
    redis.call('ZADD', KEYS[i], ARGV[3], ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[3] - ARGV[5])
    redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -1 - ARGV[6])
    redis.call('PEXPIRE', KEYS[i], ARGV[5])
  end
end
local function addToOpen()
  redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[2], ARGV[6], -1)
  redis.call('PEXPIRE', KEYS[2], ARGV[5])
end`;

/**
 * Replaces the nonces, once for each purge id; a missing generation stays missing, which is not valid already. 'if-known'
 * replaces `last` alone, and writes no receipt, where all are missing. The receipt tells how many were not.
 * Write-through stores the new representation only if no write overtook this one.
 * Returns { 'already' }, { 'nothing' }, or { 'now', stored 0|1, generation… }.
 * KEYS, after those of writing: met before, last… (the first is that of the entry's owner), generation…, then the entry and its captured
 *   generation… (when ARGV.store is '1')
 * ARGV, after those of writing: how many of the generations, the last ones, are purged softly (or 'if-known': none), nonce, nowMs, attempt, via,
 *   lists (count), lasts (count), generations (count), store '0'|'1', soft nonces kept,
 *   and of what is stored: ttlMs, generationMs, head, tail, captured generation ('' not captured)…, captured last
 */
export const purgeScript = `${writingInLua}${generationInLua}
if isApplied then return {'already'} end -- guard: purge-once
local softs, nonce, nowMs, lists = tonumber(ARGV[7]), ARGV[8], ARGV[9], tonumber(ARGV[12])
local metBefore, firstLast = KEYS[3 + lists], 4 + lists
local at = firstLast - 1 + ARGV[13]
local entry = at + tonumber(ARGV[14]) + 1
local first = entry + 1
local store = ARGV[15] == '1'
if store then
  local unpurged = ARGV[13] ~= '0' and redis.call('GET', KEYS[firstLast]) == ARGV[#ARGV]
  for i = first, #KEYS do
    local now, captured = redis.call('GET', KEYS[i]), ARGV[21 + i - first]
    if captured == '' and not unpurged then store = false end -- guard: write-uncaptured
    if captured ~= '' and capture(now or '') ~= captured then store = false end -- guard: write-overtaken
  end
end
for i = firstLast, at do redis.call('SET', KEYS[i], nonce, 'XX', 'KEEPTTL') end -- guard: purge-renews-last
if not softs and not store then
  local known = 0
  for i = at + 1, at + tonumber(ARGV[14]) do known = known + redis.call('EXISTS', KEYS[i]) end
  if known == 0 then return {'nothing'} end
end
local born, softly = nonce .. '.' .. nonce .. '.0', nil
if softs and softs > 0 then
  local time = redis.call('TIME')
  softly = nonce .. '.' .. string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
end
local function softlyPurged(it)
  local list = {softly}
  for pair in string.gmatch(string.sub(it, #hard(it) + 2), '[^.]+%.[^.]+') do
    if #list < tonumber(ARGV[16]) then list[#list + 1] = pair end
  end
  return hard(it) .. '.' .. table.concat(list, '.')
end
local met = 0
for i = at + 1, entry - 1 do
  local now = softly and i >= entry - softs and redis.call('GET', KEYS[i])
  if redis.call('SET', KEYS[i], now and softlyPurged(now) or born, 'XX', 'KEEPTTL') then met = met + 1 end
end
if met == 0 then met = redis.call('EXISTS', metBefore) end
local attempts = math.max((tonumber(tries) or 0) + 1, tonumber(ARGV[10]))
writeReceipt(lists, 'applied', attempts, nowMs, 0, ARGV[11] .. ':' .. met)
addToOpen()
if not store then return {'now', 0} end
local reply, pairs_ = {'now', 1}, {}
for i = first, #KEYS do
  local now = redis.call('GET', KEYS[i])
  if now then
    redis.call('PEXPIRE', KEYS[i], ARGV[18], 'GT')
  else
    now = born
    redis.call('SET', KEYS[i], now, 'PX', ARGV[18])
  end
  now = capture(now)
  reply[3 + i - first] = now
  pairs_[1 + i - first] = KEYS[i] .. '=' .. now
end
redis.call('SET', KEYS[entry], ARGV[19] .. table.concat(pairs_, ' ') .. ARGV[20], 'PX', ARGV[17])
return reply`;

/**
 * Writes a receipt as accepted, unless it says applied already; one that is dead is tried again. Returns its state.
 * KEYS and ARGV: those of writing.
 */
export const acceptScript = `${writingInLua}
if isApplied then return state end
writeReceipt(#KEYS - 2, 'accepted', tries or 0, 0, 0, '-')
addToOpen()
return 'accepted'`;

/**
 * Marks an applied receipt verified, if that was long enough ago. Returns { 'verified' | 'missing' | 'not-applied' | 'too-early', ms to wait }.
 * KEYS: receipt, open
 * ARGV: purge id, nowMs, afterMs
 */
export const verifyScript = `${receiptInLua}
local receipt = redis.call('GET', KEYS[1])
if not receipt then return {'missing', 0} end
local state, tries, accepted, applied, via, order = parse(receipt)
if state == 'applied' and applied then
  local waitMs = tonumber(applied) + tonumber(ARGV[3]) - tonumber(ARGV[2])
  if waitMs > 0 then return {'too-early', waitMs} end
  redis.call('SET', KEYS[1], write('verified', tries, accepted, applied, ARGV[2], 0, via, order), 'KEEPTTL')
elseif state ~= 'verified' then
  return {'not-applied', 0}
end
redis.call('ZREM', KEYS[2], ARGV[1])
return {'verified', 0}`;

/**
 * Marks a receipt dead, unless the purge was applied. Returns 1 if it is dead now.
 * KEYS: those of writing.
 * ARGV, after those of writing: nowMs
 */
export const buryScript = `${writingInLua}
if isApplied then return 0 end
writeReceipt(#KEYS - 2, 'dead', tries or 0, 0, ARGV[7], '-')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1`;

/**
 * Compare and set, and tell of it. Returns 1 if it was set.
 * KEYS: key, stream (when something is told)
 * ARGV: hasExpected '0'|'1', expected, value, lifeMs ('0' stays); then, when something is told, most, and each document
 */
export const swapScript = `
local now = redis.call('GET', KEYS[1])
if ARGV[1] == '0' and now or ARGV[1] == '1' and now ~= ARGV[2] then return 0 end
if ARGV[4] == '0' then
  redis.call('SET', KEYS[1], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
for i = 6, #ARGV do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'd', ARGV[i])
end
return 1`;

/**
 * One roll-up, whole or not at all. Returns 1 if nobody has settled meanwhile.
 * KEYS: version, stream (when ARGV.upTo is not ''), then the keys of each value
 * ARGV: hasExpected '0'|'1', expected, next, upTo: what follows the last document taken, or '' none; then of each value: its text, lifeMs ('0'
 *   stays), keys (count)
 */
export const settleScript = `
local now = redis.call('GET', KEYS[1])
if ARGV[1] == '0' and now or ARGV[1] == '1' and now ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
local at = 2
if ARGV[4] ~= '' then
  redis.call('XTRIM', KEYS[2], 'MINID', ARGV[4])
  at = 3
end
for i = 5, #ARGV, 3 do
  for _ = 1, tonumber(ARGV[i + 2]) do
    if ARGV[i + 1] == '0' then
      redis.call('SET', KEYS[at], ARGV[i])
    else
      redis.call('SET', KEYS[at], ARGV[i], 'PX', ARGV[i + 1])
    end
    at = at + 1
  end
end
return 1`;
