/**
 * The scripts that run inside Redis. Each is one atomic step of the freshness protocol, touches only declared keys,
 * and has its twin in `memory.ts`; one suite and random traces hold the two equal.
 *
 * A line that ends in `-- guard: name` is what a race depends on: the race tests take it out and must then fail.
 */

/**
 * Creates what is missing, extends lifetimes, takes the lock if it is free.
 * Returns { granted 0|1, holder|nil, lock's remaining ms, entry|nil, generation…, last? }.
 */
export const leaseScript = `
-- KEYS: entry, lock, generation…, last (when ARGV.withLast is '1')
-- ARGV: token, takeLock '0'|'1', lockMs, generationMs, knownFill ('' none), withLast '0'|'1'
local token, generationMs = ARGV[1], ARGV[4]
local generations = #KEYS - 2
if ARGV[6] == '1' then generations = generations - 1 end
local reply = {0, false, 0, false}
for i = 3, #KEYS do
  local fresh = token
  if i <= generations + 2 then fresh = token .. '.' .. token .. '.0' end
  if not redis.call('SET', KEYS[i], fresh, 'NX', 'PX', generationMs) then
    redis.call('PEXPIRE', KEYS[i], generationMs, 'GT')
  end
  reply[i + 2] = redis.call('GET', KEYS[i])
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
 * Stores if the lock is mine and no captured generation has changed.
 * Returns { 'stored', late generation… } or { why it was refused }.
 */
export const fillScript = `
-- KEYS: entry, lock, captured generation…, late generation…, then late names and last (when ARGV.late is above 0)
-- ARGV: token, ttlMs, generationMs, head, tail, captured (count), late (count), captured last, late names' value, captured generation…
local token, generationMs = ARGV[1], ARGV[3]
local captured, late = tonumber(ARGV[6]), tonumber(ARGV[7])
if redis.call('GET', KEYS[2]) ~= token then return {'lease-lost'} end -- guard: fill-lease
redis.call('DEL', KEYS[2])
local pairs_ = {}
for i = 1, captured do
  local now = redis.call('GET', KEYS[2 + i])
  if now ~= ARGV[9 + i] then return {'purged'} end -- guard: fill-generations
  pairs_[i] = KEYS[2 + i] .. '=' .. (now or '')
end
local reply = {'stored'}
if late > 0 then
  local names, last = KEYS[3 + captured + late], KEYS[4 + captured + late]
  if redis.call('GET', last) ~= ARGV[8] then redis.call('SET', names, ARGV[9], 'PX', generationMs) return {'late-tags-raced'} end -- guard: fill-last
  for i = 1, late do
    local name = KEYS[2 + captured + i]
    redis.call('SET', name, token .. '.' .. token .. '.0', 'NX', 'PX', generationMs)
    reply[1 + i] = redis.call('GET', name)
    pairs_[captured + i] = name .. '=' .. reply[1 + i]
  end
end
for i = 3, 2 + captured + late do redis.call('PEXPIRE', KEYS[i], generationMs, 'GT') end
redis.call('SET', KEYS[1], ARGV[4] .. table.concat(pairs_, ' ') .. ARGV[5], 'PX', ARGV[2])
return reply`;

/** Gives the lock back, or turns it into the marker 'direct', if it is mine. Returns 1 if it was. */
export const releaseScript = `
-- KEYS: lock
-- ARGV: token, directMs ('0' leaves no marker)
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], 'direct', 'PX', ARGV[2]) end
return 1`;

/**
 * Replaces the nonces, once for each purge id; a missing generation stays missing, which is not valid already.
 * Write-through stores the new representation only if no write overtook this one.
 * Returns { 'already' }, or { 'now', stored 0|1, generation… }.
 */
export const purgeScript = `
-- KEYS: receipt, last, generation…, then the entry and its captured generation… (when ARGV.store is '1')
-- ARGV: mode, nonce, nowMs, receipt's value, receiptMs, generations (count), store '0'|'1', ttlMs, generationMs, head, tail, captured generation…
local nonce, count = ARGV[2], tonumber(ARGV[6])
local receipt = redis.call('GET', KEYS[1])
if receipt and string.sub(receipt, 1, 8) == 'applied ' then return {'already'} end
local entry, first = 3 + count, 4 + count
local store = ARGV[7] == '1'
if store then
  for i = first, #KEYS do
    if redis.call('GET', KEYS[i]) ~= ARGV[12 + i - first] then store = false end -- guard: write-overtaken
  end
end
for i = 3, 2 + count do
  local hard = nonce
  local at = '0'
  if ARGV[1] == 'soft' then
    local now = redis.call('GET', KEYS[i])
    hard = now and string.match(now, '^[^.]*') or nonce
    at = ARGV[3]
  end
  redis.call('SET', KEYS[i], hard .. '.' .. nonce .. '.' .. at, 'XX', 'KEEPTTL')
end
redis.call('SET', KEYS[2], nonce, 'XX', 'KEEPTTL')
redis.call('SET', KEYS[1], 'applied ' .. ARGV[4], 'PX', ARGV[5])
if not store then return {'now', 0} end
local reply, pairs_ = {'now', 1}, {}
for i = first, #KEYS do
  redis.call('PEXPIRE', KEYS[i], ARGV[9], 'GT')
  local now = redis.call('GET', KEYS[i])
  reply[3 + i - first] = now
  pairs_[1 + i - first] = KEYS[i] .. '=' .. now
end
redis.call('SET', KEYS[entry], ARGV[10] .. table.concat(pairs_, ' ') .. ARGV[11], 'PX', ARGV[8])
return reply`;
