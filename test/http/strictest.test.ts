import { expect, test } from 'vitest';
import { strictest } from '../../src/http/strictest.ts';

test.each([
  ['max-age=60', 'max-age=60', 'max-age=60'],
  ['public, max-age=60', 'public, max-age=10', 'public, max-age=10'],
  ['public, max-age=60', 'max-age=10', 'max-age=10'],
  ['public, max-age=60', 'private, max-age=60', 'private, max-age=60'],
  ['public, max-age=60', 'no-store', 'no-store'],
  ['no-cache', 'public, max-age=60', 'no-cache, max-age=0'],
  ['public', 'public, max-age=60', 'public, max-age=0'],
  ['max-age=60, s-maxage=600', 'max-age=30', 'max-age=30, s-maxage=30'],
  ['max-age=60, s-maxage=5', 'max-age=30', 'max-age=30, s-maxage=5'],
  [
    'max-age=9, stale-while-revalidate=30',
    'max-age=9, stale-while-revalidate=5',
    'max-age=9, stale-while-revalidate=5',
  ],
  ['max-age=9, stale-if-error=30', 'max-age=9, public', 'max-age=9'],
  ['max-age=9, must-revalidate', 'max-age=9, immutable', 'must-revalidate, max-age=9'],
  // What is malformed allows nothing.
  ['max-age=x', 'max-age=9', 'max-age=0'],
  ['max-age=9; no-store', 'max-age=9', 'no-store'],
])('%s with %s: %s, either way around', (a, b, both) => {
  expect(strictest(a, b)).toBe(both);
  expect(strictest(b, a)).toBe(both);
});
