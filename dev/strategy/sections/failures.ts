import { bounds } from '../../../src/bounds.ts';
import type { ClassFacts } from '../facts.ts';
import { code, list, paragraphs, table } from '../markdown.ts';
import type { Told } from '../told.ts';
import { size, time } from '../words.ts';

/** 7: what happens while something is down, and what Redis must hold. */
export function failures({ facts: { classes } }: Told): string {
  return paragraphs(
    table(['what fails', 'what happens'], general),
    '### Of each class',
    table(
      ['class', 'Redis is gone', 'the origin is gone'],
      classes.map((cls) => [code(cls.name), withoutRedis(cls), withoutOrigin(cls, classes)]),
    ),
    '### Memory, eviction and plan',
    table(
      ['class', 'an entry lives for', 'beside its value it needs', 'at most'],
      classes.map((cls) => [
        code(cls.name),
        livesFor(cls),
        `about ${size(overheadOf(cls))}`,
        size(cls.maxBytes),
      ]),
    ),
    list([
      `Memory needed: for each class, entries alive at once × (the value’s bytes, from ${size(bounds.gzipFromBytes)} on compressed, + the overhead above). ${code('npm run assess -- access.log')} counts the entries from a real log.`,
      'Eviction: on (`allkeys-lru`, Upstash’s “eviction”). A generation that is evicted makes entries unusable, never usable: it costs a miss. With eviction off, a full database refuses leases, and the origin answers.',
      'Plan: one region near the origin, no read regions (this version asks the primary alone). Commands decide the price: a hit from memory costs none, a hit from Redis one, a miss three (lookup, lease, fill), a purge one whatever it names.',
    ]),
  );
}

const general: readonly (readonly [string, string])[] = [
  [
    'Redis is slow',
    `a lookup is given up after ${time(bounds.redisReadMs)}, a script after ${time(bounds.redisWriteMs)}; the origin answers, inside the bulkhead, and nothing is stored`,
  ],
  [
    'Redis is down for long',
    `the breaker opens when half of at least ${bounds.breakerCalls} calls failed within ${time(bounds.breakerWindowMs)}; after ${time(bounds.breakerOpenMs)} one call at a time tries again`,
  ],
  [
    'Redis is full',
    'leases are refused and the origin answers; a purge deletes the generations instead, which purges as well',
  ],
  [
    'Redis is wiped, or evicts',
    'misses; never a stale answer, because a missing generation makes entries unusable',
  ],
  ['an entry cannot be decoded, or is another key’s', 'a miss, counted, and alerted on'],
  ['the origin is slow', `given up after ${time(bounds.originMs)}, then as if it had failed`],
  ['the origin breaks off', 'never stored; the client sees that the answer is not complete'],
  [
    'too many fetches',
    `503 with ${code('Retry-After')} for those beyond ${bounds.fetchesPerIsolate} in an isolate, or ${bounds.fetchesPerTenant} of one tenant`,
  ],
  [
    'QStash is down',
    'purges are applied at once; with Redis down too the sender is answered 503, and sends again',
  ],
  [
    'the identity provider is down',
    'keys that are known go on verifying; tokens of unknown keys are answered 503, never let in',
  ],
  [
    'a Worker ends between lease and fill',
    `the lease ends by itself after ${time(bounds.leaseMs)}; the next request fetches`,
  ],
];

function withoutRedis({ consistency, sieMs }: ClassFacts): string {
  if (consistency === 'strict')
    return 'the origin answers; nothing unvalidated is served; with the origin gone too: 503 (fails closed)';
  return sieMs > 0
    ? `the origin answers; with the origin gone too, a copy in the isolate’s memory that was validated before, for up to ${time(sieMs)} after it was fresh`
    : 'the origin answers; with the origin gone too: 503';
}

function withoutOrigin({ consistency, sieMs, reads }: ClassFacts, classes: readonly ClassFacts[]): string {
  if (consistency === 'strict') return 'what is fresh is served; then 503 (fails closed)';
  const capping = classes.filter((it) => reads.includes(it.name) && it.consistency === 'strict');
  const least = Math.min(...capping.map(({ ttlMs }) => ttlMs));
  const served =
    sieMs > 0
      ? `what is fresh is served, then stale for ${time(sieMs)} more; then the origin’s error`
      : 'what is fresh is served; then the origin’s error';
  return capping.length > 0
    ? `${served}; but who may read it is asked of ${capping.map(({ name }) => code(name)).join(', ')}, which lives for ${time(least)} at most: all of it ends then`
    : served;
}

const livesFor = ({ ttlMs, swrMs, sieMs, is }: ClassFacts): string =>
  is === 'http-cache'
    ? `what its origin says, at most ${time(bounds.storedAtMostMs)}`
    : time(ttlMs + Math.max(swrMs, sieMs));

/** Key twice (name, and in the entry), head of the entry, generation names and values with Redis’ own overhead for each. */
function overheadOf({ keyTemplate, example, tags }: ClassFacts): number {
  const key = example?.key.length ?? keyTemplate.length;
  const generations = example?.generations ?? tags;
  const head = 300;
  const redisKey = 90;
  return 2 * key + head + redisKey + generations.reduce((sum, it) => sum + it.length + 24, 0);
}
