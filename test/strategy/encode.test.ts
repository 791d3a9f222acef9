import { expect, test } from 'vitest';
import { encodePart, type Part } from '../../src/strategy/encode.ts';

test.each<[Part, string]>([
  ['d1', 'd1'],
  ['2026-10', '2026-10'],
  ['', ''],
  ['a:b', 'a%3Ab'],
  ['100%', '100%25'],
  ['{x}', '%7Bx%7D'],
  ["!'()*", '%21%27%28%29%2A'],
  ['@2', '%402'],
  ['é', '%C3%A9'],
  ['💧', '%F0%9F%92%A7'],
  ['\ud800', '%uD800'],
  ['\udfffx\ud800', '%uDFFFx%uD800'],
  [2, '@2'],
  [-0, '@0'],
  [1e21, '@1e+21'],
  [true, '@true'],
  [undefined, '@none'],
])('%j is written %s', (value, text) => expect(encodePart(value)).toBe(text));

test.each([Number.NaN, Number.POSITIVE_INFINITY, null, [], {}, 1n])('%s cannot stand in a key', (value) => {
  expect(() => encodePart(value as Part)).toThrow(TypeError);
});
