import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fnv1a, mixed } from '../../src/hash.ts';
import { bucketHash, bucketOf } from '../../src/rollout/bucket.ts';

const TENANTS = Array.from({ length: 100_000 }, (_, i) => `tenant-${i}`);
const shareOf = (isIn: (tenant: string) => boolean) => TENANTS.filter(isIn).length / (TENANTS.length / 100);

describe('buckets', () => {
  test('are the hash that the flags name: FNV-1a by its authors’ vectors, and murmur3’s final mix', () => {
    expect(bucketHash).toBe('fnv1a-murmur3');
    expect(['', 'a', 'foobar'].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    expect([0, 1].map(mixed)).toEqual([0, 0x514e28b7]);
  });

  // Another value, and users change sides while two versions of the Worker run: a change needs another name of the hash.
  test.each([
    ['analytics', 'acme', 26.94354841951281],
    ['analytics', 'globex', 12.764049274846911],
    ['invoice', 'acme', 16.273945779539645],
    ['report', 'acme/ann', 68.41063094325364],
    ['report', 'müller', 69.77061482612044],
    ['http', '/docs/a?b=%C3%A9', 47.23538323305547],
    ['x', '', 17.46936219278723],
  ])('%s, %s: %d', (className, unit, bucket) => {
    expect(bucketOf(className, unit)).toBe(bucket);
  });

  test.each([1, 5, 25, 50])('%d %% of 100,000 tenants are so many, give or take 0.3 points', (percent) => {
    for (const className of ['analytics', 'invoice', 'permissions'])
      expect(Math.abs(shareOf((it) => bucketOf(className, it) < percent) - percent)).toBeLessThan(0.3);
  });

  test.each([
    [25, 25],
    [5, 50],
    [50, 50],
  ])('%d %% of one class and %d %% of another have as many in common as chance has', (one, other) => {
    const both = shareOf((it) => bucketOf('analytics', it) < one && bucketOf('report', it) < other);
    expect(Math.abs(both - (one * other) / 100)).toBeLessThan(0.3);
  });

  test('nobody leaves when the percentage grows, and all are in at 100', () => {
    const share = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.string(), fc.string(), share, share, (className, unit, a, b) => {
        const bucket = bucketOf(className, unit);
        if (bucket < Math.min(a, b)) expect(bucket < Math.max(a, b)).toBe(true);
        expect(bucket >= 0 && bucket < 100).toBe(true);
      }),
    );
  });
});
