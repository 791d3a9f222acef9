import { expect, test } from 'vitest';
import { bounds } from '../../src/bounds.ts';
import { parseCacheGroups } from '../../src/http/cache-groups.ts';

const many = (n: number) => Array.from({ length: n }, (_, i) => `"g${i}"`).join(', ');

test.each<[string, string | null, readonly string[] | 'malformed']>([
  ['absent', null, []],
  ['empty (RFC 9651 §3.1: an empty list)', '', []],
  ['one', '"a"', ['a']],
  ['several', '"a", "b c","d:e"', ['a', 'b c', 'd:e']],
  ['with parameters, which are ignored', '"a";x=1', ['a']],
  ['an escaped quote', '"a\\"b"', ['a"b']],
  ['an empty string names nothing', '"", "a"', ['a']],
  ['a token among them', '"a", b', 'malformed'],
  ['an inner list', '("a")', 'malformed'],
  ['a number', '1', 'malformed'],
  ['cut off', '"a', 'malformed'],
  ['a trailing comma', '"a",', 'malformed'],
])('%s', (_, header, groups) => {
  expect(parseCacheGroups(header)).toEqual(groups);
});

test('takes at least the 128 groups of 32 characters that RFC 9875 §2 asks for, and has a bound', () => {
  const asked = Array.from({ length: 128 }, (_, i) => `"${String(i).padStart(32, 'g')}"`).join(', ');
  expect(parseCacheGroups(asked)).toHaveLength(128);
  expect(parseCacheGroups(many(bounds.groupsPerField))).toHaveLength(bounds.groupsPerField);
  expect(parseCacheGroups(many(bounds.groupsPerField + 1))).toBe('too-many');
  expect(parseCacheGroups(`"${'x'.repeat(bounds.tagBytes + 1)}"`)).toBe('too-many');
  expect(parseCacheGroups(' '.repeat(bounds.groupsFieldBytes + 1))).toBe('too-many');
});
