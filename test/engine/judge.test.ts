import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type PresentValue, refreshesEarly, type Windows } from '../../src/engine/judge.ts';
import type { Entry } from '../../src/store/wire.ts';

const fetchedMs = 1_000_000;
const ttlMs = 10_000;

function anEntry(generations: Record<string, string> = { a: 'h.s' }, different: Partial<Entry> = {}): Entry {
  return {
    fullKey: 'k',
    fillToken: 'f',
    principal: { tenant: 't', user: 'u' },
    status: 200,
    headers: [],
    etag: '"e"',
    fetchedMs,
    fetchMs: 100,
    ttlMs,
    coding: 'identity',
    length: 0,
    body: '',
    generations: new Map(Object.entries(generations)),
    ...different,
  };
}

const standard: Windows = { swrMs: 5_000, sieMs: 60_000, consistency: 'standard' };
const noWindows: Windows = { swrMs: 0, sieMs: 0, consistency: 'standard' };
const strict: Windows = { swrMs: 0, sieMs: 0, consistency: 'strict' };
const says =
  (now: string | null | undefined): PresentValue =>
  () =>
    now;
const at = (ageMs: number) => fetchedMs + ageMs;

describe('by age alone', () => {
  test.each([
    [standard, 0, { is: 'fresh', leftMs: 10_000 }],
    [standard, 9_999, { is: 'fresh', leftMs: 1 }],
    [standard, 10_000, { is: 'stale', leftMs: 0, mayRefresh: true, mayCover: true, current: true }],
    [standard, 14_999, { is: 'stale', leftMs: -4_999, mayRefresh: true, mayCover: true, current: true }],
    [standard, 15_000, { is: 'stale', leftMs: -5_000, mayRefresh: false, mayCover: true, current: true }],
    [standard, 69_999, { is: 'stale', leftMs: -59_999, mayRefresh: false, mayCover: true, current: true }],
    [standard, 70_000, { is: 'unusable', reason: 'expired' }],
    [noWindows, 10_000, { is: 'unusable', reason: 'expired' }],
    [strict, 9_999, { is: 'fresh', leftMs: 1 }],
    [strict, 10_000, { is: 'unusable', reason: 'expired' }],
    // A strict class has no windows; if it had, they would not count.
    [{ ...standard, consistency: 'strict' } as const, 10_000, { is: 'unusable', reason: 'expired' }],
  ])('%j at age %i ms', (windows, ageMs, verdict) => {
    expect(judge(anEntry(), windows, says('h.s.0'), at(ageMs))).toEqual(verdict);
  });
});

describe('by one generation, inside the ttl', () => {
  const soft = (ms: number) => `h.s2.${at(ms)}.s.0`;
  test.each([
    ['equal', 'h.s.0', standard, { is: 'fresh' }],
    ['equal, softly purged before', `h.s.${at(-500)}.s0.0`, standard, { is: 'fresh' }],
    ['equal, from a copy', 'h.s', standard, { is: 'fresh' }],
    ['another nonce that begins alike', 'h.s2.0', standard, { is: 'unusable', reason: 'purged' }],
    ['not asked for', undefined, standard, { is: 'unusable', reason: 'unchecked' }],
    ['missing', null, standard, { is: 'unusable', reason: 'evicted' }],
    ['hard purged', 'h2.h2.0', standard, { is: 'unusable', reason: 'purged' }],
    ['hard purged, then soft', `h2.s2.${at(1_000)}`, standard, { is: 'unusable', reason: 'purged' }],
    [
      'soft purged 1 s ago',
      soft(3_000),
      standard,
      { is: 'stale', leftMs: -1_000, mayRefresh: true, reason: 'soft-purged' },
    ],
    ['soft purged, no window', soft(3_000), noWindows, { is: 'unusable', reason: 'soft-purged' }],
    ['soft purged, strict', soft(3_000), strict, { is: 'unusable', reason: 'soft-purged' }],
    ['soft purged 5 s ago', soft(-1_000), standard, { is: 'stale', leftMs: -4_000, mayRefresh: true }],
    [
      'soft purged by a clock ahead of ours',
      soft(7_000),
      standard,
      { is: 'stale', leftMs: 0, mayRefresh: true, mayCover: true, current: false },
    ],
    [
      'soft purged by a clock ahead of ours, no window',
      soft(7_000),
      noWindows,
      { is: 'unusable', reason: 'soft-purged' },
    ],
    [
      'soft purged by a clock that is ahead by more than the ttl, no window',
      soft(13_000),
      noWindows,
      { is: 'unusable', reason: 'soft-purged' },
    ],
    ['soft purged again', `h.s3.${at(3_900)}.s2.${at(1_000)}.s.0`, standard, { leftMs: -3_000 }],
    [
      'soft purged twice, captured between',
      `h.s3.${at(3_900)}.s.${at(1_000)}.s0.0`,
      standard,
      { leftMs: -100 },
    ],
    ['soft purged before its fetch, as another clock has it', soft(-9_000), standard, { leftMs: -4_000 }],
    [
      'soft purged so often that it is forgotten',
      `h.s9.${at(3_900)}.s8.${at(3_800)}`,
      standard,
      { leftMs: -4_000 },
    ],
    ['rewritten by code that keeps one', `h.s2.${at(3_000)}`, standard, { leftMs: -4_000, mayRefresh: true }],
    ['without the time of an earlier one', `h.s3.${at(3_000)}.s2`, standard, { is: 'unusable' }],
    ['with another time that is none', `h.s3.${at(3_000)}.s2.soon.s.0`, standard, { is: 'unusable' }],
    ['empty', '', standard, { is: 'unusable', reason: 'purged' }],
    ['without a time', 'h.s2', standard, { is: 'unusable', reason: 'purged' }],
    ['with a time that is none', 'h.s2.soon', standard, { is: 'unusable', reason: 'purged' }],
    ['with another soft nonce and time 0', 'h.s2.0', standard, { is: 'unusable', reason: 'purged' }],
  ])('%s', (_what, now, windows, verdict) => {
    expect(judge(anEntry(), windows, says(now), at(4_000))).toMatchObject(verdict);
  });

  test('of several soft purges the first counts, and one hard purge outweighs them', () => {
    const entry = anEntry({ a: 'h.s', b: 'h.s', c: 'h.s' });
    const now: Record<string, string> = { a: soft(3_000), b: soft(2_000), c: 'h.s.0' };
    expect(judge(entry, standard, (name) => now[name], at(4_000))).toMatchObject({
      is: 'stale',
      leftMs: -2_000,
    });
    now['c'] = 'h2.h2.0';
    expect(judge(entry, standard, (name) => now[name], at(4_000))).toEqual({
      is: 'unusable',
      reason: 'purged',
    });
  });

  test.each([
    [{ a: null, b: 'h2.h2.0' }, standard, 'purged'],
    [{ a: undefined, b: 'h2.h2.0' }, standard, 'purged'],
    [{ a: undefined, b: null }, standard, 'evicted'],
    [{ a: undefined, b: 'h.s.0' }, standard, 'unchecked'],
    [{ a: 'h2.h2.0', b: soft(1_000) }, strict, 'purged'],
    [{ a: null, b: soft(1_000) }, strict, 'evicted'],
    [{ a: undefined, b: soft(1_000) }, strict, 'soft-purged'],
  ] as const)('of %j the gravest is the reason, in whatever order they stand', (now, windows, reason) => {
    for (const order of [
      ['a', 'b'],
      ['b', 'a'],
    ]) {
      const entry = anEntry(Object.fromEntries(order.map((name) => [name, 'h.s'])));
      const presentOf = (name: string) => now[name as 'a' | 'b'];
      expect(judge(entry, windows, presentOf, at(4_000))).toEqual({ is: 'unusable', reason });
    }
  });

  test('a soft purge does not lengthen what has expired, and is not what it is stale by', () => {
    expect(judge(anEntry(), standard, says(soft(12_000)), at(13_000))).toMatchObject({
      is: 'stale',
      leftMs: -3_000,
      reason: undefined,
    });
    expect(judge(anEntry(), standard, says(soft(12_000)), at(70_000))).toEqual({
      is: 'unusable',
      reason: 'expired',
    });
    expect(judge(anEntry(), standard, says(soft(3_000)), at(70_000))).toEqual({
      is: 'unusable',
      reason: 'soft-purged',
    });
  });
});

describe('for all entries and all answers of Redis', () => {
  const hard = fc.constantFrom('h', 'i');
  const nonce = fc.constantFrom('s', 't', 'u', 'v');
  const time = fc.integer({ min: -20_000, max: 20_000 }).map(at);
  const list = fc.array(fc.tuple(nonce, time), { minLength: 1, maxLength: 4 });
  const generation = fc.tuple(hard, list).map(([of, all]) => [of, ...all.flat()].join('.'));
  const answer = fc.oneof(
    { weight: 6, arbitrary: generation },
    {
      weight: 1,
      arbitrary: fc.constantFrom(null, undefined, '', 'h', '..', 'h.s', 'h.s.', 'h.t.NaN', 'h.t.0'),
    },
  );
  const tag = fc.record({ captured: fc.tuple(hard, nonce).map((both) => both.join('.')), now: answer });
  const windows = fc.record({
    swrMs: fc.nat(20_000),
    sieMs: fc.nat(20_000),
    consistency: fc.constantFrom('standard' as const, 'strict' as const),
  });
  const judged = fc
    .tuple(fc.array(tag, { minLength: 1, maxLength: 4 }), windows, fc.integer({ min: -5_000, max: 40_000 }))
    .map(([tags, it, ageMs]) => {
      const entry = anEntry(Object.fromEntries(tags.map(({ captured }, i) => [`t${i}`, captured])));
      const verdict = judge(entry, it, (name) => tags[Number(name.slice(1))]!.now, at(ageMs));
      return { tags, windows: it, ageMs, verdict };
    });
  type Tag = typeof tag extends fc.Arbitrary<infer T> ? T : never;
  const property = (holds: (it: typeof judged extends fc.Arbitrary<infer T> ? T : never) => boolean) =>
    fc.assert(fc.property(judged, holds), { numRuns: 20_000 });
  const hardOf = (of: string | null | undefined) => of?.split('.')[0];
  const isSame = ({ captured, now }: Tag) => now?.split('.').slice(0, 2).join('.') === captured;

  test('never usable with a generation that is missing, unchecked or of another hard nonce', () => {
    property(
      ({ tags, verdict }) =>
        verdict.is === 'unusable' ||
        tags.every(({ captured, now }) => now && hardOf(now) === hardOf(captured)),
    );
  });

  test('stale and current only if every generation has both nonces still', () => {
    property(({ tags, verdict }) => verdict.is !== 'stale' || verdict.current === tags.every(isSame));
  });

  test('fresh only inside the ttl, and not once a soft purge has come, whenever that was', () => {
    property(({ tags, ageMs, verdict }) => verdict.is !== 'fresh' || (ageMs < ttlMs && tags.every(isSame)));
  });

  test('a strict class is fresh with every generation the same, or it is nothing', () => {
    property(
      ({ tags, windows: { consistency }, ageMs, verdict }) =>
        consistency !== 'strict' ||
        (verdict.is === 'fresh' ? ageMs < ttlMs && tags.every(isSame) : verdict.is === 'unusable'),
    );
  });

  test('stale only inside the window that it is served from', () => {
    property(
      ({ windows: { swrMs, sieMs }, verdict }) =>
        verdict.is !== 'stale' ||
        (verdict.leftMs <= 0 &&
          verdict.mayRefresh === -verdict.leftMs < swrMs &&
          verdict.mayCover === -verdict.leftMs < sieMs &&
          (verdict.mayRefresh || verdict.mayCover)),
    );
  });

  test('a window never begins before the fetch, nor after the soft purge that follows the captured one', () => {
    property(({ tags, ageMs, verdict }) => {
      if (verdict.is !== 'stale' || verdict.current) return true;
      const startMs = at(ageMs) + verdict.leftMs;
      return tags.every(({ captured, now }) => {
        const kept = now!.split('.').slice(1);
        const place = kept.findIndex((part, i) => i % 2 === 0 && part === captured.split('.')[1]);
        if (place === 0) return true;
        const successorMs = place === -1 ? fetchedMs : Number(kept[place - 1]);
        return startMs <= Math.max(successorMs, fetchedMs) && (startMs >= fetchedMs || ageMs < 0);
      });
    });
  });
});

test.each([
  [1_000, 1_000, 0.36, true],
  [1_000, 1_000, 0.37, false],
  [1_000, 1, 0.999, true],
  [1_000, 2, 0.999, false],
  [0, 1, 0.5, false],
  [1_000, 9_999, 0, true],
])('a fetch of %i ms, %i ms before expiry, at chance %d: early %j', (fetchMs, leftMs, random, early) => {
  expect(refreshesEarly(anEntry({}, { fetchMs }), leftMs, random)).toBe(early);
});
