import { describe, expect, test } from 'vitest';
import { ageing } from '../../src/http/ageing.ts';

describe('Cache-Control of an answer that is 100 s old', () => {
  test.each([
    ['max-age=60', 'max-age=160'],
    ['max-age=0, must-revalidate', 'max-age=100, must-revalidate'],
    ['Public, Max-Age=60,S-MaxAge=7', 'Public, Max-Age=160,S-MaxAge=107'],
    ['max-age="60", public', 'max-age="160", public'],
    ['max-age=60, max-age=30', 'max-age=160, max-age=130'],
    ['max-age=60, stale-if-error=86400, immutable', 'max-age=160, stale-if-error=86400, immutable'],
    ['\tmax-age=060 , public', '\tmax-age=160 , public'],
    // RFC 9111 §1.2.2.
    ['max-age=2147483647', 'max-age=2147483648'],
    ['s-maxage=99999999999999999999', 's-maxage=2147483648'],
  ])('%s: %s', (said, expected) => {
    expect(ageing(said)(100)).toBe(expected);
  });

  test.each([
    'no-store',
    'public, no-cache',
    'max-age',
    'max-age=',
    'max-age=1.5',
    'max-age=-1',
    'max-age=60s',
    'max-age = 60',
    'max-age="60',
    'max-age=60"',
    'max-age=60 public',
    'x-max-age=60',
    'xs-maxage=60',
    'ext="a, max-age=60", public',
    'ext="\\", max-age=60", public',
    'stale-while-revalidate=60',
    '',
  ])('says of none for how long it is fresh, or not so that it can be read: %s', (said) => {
    expect(ageing(said)(100)).toBe(said);
  });

  test('by one age after the other', () => {
    const said = ageing('max-age=60');
    expect([0, 1, 1, 2, 1, 0].map(said)).toEqual([60, 61, 61, 62, 61, 60].map((it) => `max-age=${it}`));
  });

  test('a member behind a quoted one counts', () => {
    expect(ageing('ext="a, max-age=1", max-age="60",s-maxage=5')(100)).toBe(
      'ext="a, max-age=1", max-age="160",s-maxage=105',
    );
  });
});
