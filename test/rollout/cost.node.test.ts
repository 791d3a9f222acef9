import { describe, expect, test } from 'vitest';
import { differencesOf } from '../../src/rollout/compare.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const answer = (text: string, headers: Readonly<Record<string, string>> = {}) => ({
  status: 200,
  headers: Object.entries({ 'content-type': 'application/json', ...headers }),
  body: bytes(text),
});
type Pair = readonly [ReturnType<typeof answer>, ReturnType<typeof answer>];

const texts =
  (of: (n: number) => string, other = '{"a":1}') =>
  (n: number): Pair => [answer(of(n)), answer(other)];
const headers =
  (name: string, of: (n: number) => string) =>
  (n: number): Pair => [answer('{}', { [name]: of(n) }), answer('{}')];
const list = (n: number, of: (i: number) => string) =>
  `[${Array.from({ length: n }, (_, i) => of(i)).join()}]`;

/** What it takes of the processor, whatever else runs here: the least of some runs. */
function costOf([a, b]: Pair): number {
  const runs = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    differencesOf(a, b, { headers: ['x-list'], ignoring: ['a.b', 'c'] });
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...runs);
}

describe('a comparison costs in proportion to the size, whatever the origin sends', () => {
  test.each<readonly [string, (n: number) => Pair]>([
    ['half a body: escaped quotes', texts((n) => `{"html":"${'\\"'.repeat(n)}`)],
    ['half a body: HTML', texts((n) => `{"html":"${'<a href=\\"/x\\">y</a>\\n'.repeat(n / 8)}`)],
    ['half a body: backslashes', texts((n) => `"${'\\'.repeat(n)}`)],
    ['half a body: quotes', texts((n) => '"'.repeat(n + 1))],
    ['half a body: brackets', texts((n) => '[]'.repeat(n))],
    ['half a body: space', texts((n) => `{"a":${' '.repeat(n)}`)],
    ['digits: zeros and a one', texts((n) => `{"a":1${'0'.repeat(n)}1}`)],
    ['digits: zeros after the point', texts((n) => `{"a":0.${'0'.repeat(n)}1}`)],
    ['digits: zeros at the end', texts((n) => `{"a":1.${'0'.repeat(n)}}`)],
    ['digits: an exponent', texts((n) => `{"a":1e${'0'.repeat(n)}1}`)],
    ['digits: groups of zeros', texts((n) => `{"a":1${'0001'.repeat(n / 4)}}`)],
    ['many numbers', (n) => [answer(list(n / 8, (i) => `${i}`)), answer(list(n / 8, (i) => `${i}.0`))]],
    [
      'many fields',
      (n) => [
        answer(list(n / 32, (i) => `{"a":{"b":${i},"f${i}":${i}}}`)),
        answer(list(n / 32, (i) => `{"a":{"b":1,"f${i}":${i}.0}}`)),
      ],
    ],
    [
      'one object of many',
      (n) => [
        answer(`{${Array.from({ length: n / 16 }, (_, i) => `"f${i}":${i}`).join()}}`),
        answer(`{${Array.from({ length: n / 16 }, (_, i) => `"f${i}":${i}.0`).join()}}`),
      ],
    ],
    [
      'many fields below a long name',
      (n) => [
        answer(`{"${'x'.repeat(n)}":${list(n / 32, (i) => `{"f":${i}}`)}}`),
        answer(`{"${'x'.repeat(n)}":${list(n / 32, (i) => `{"f":${i}.0}`)}}`),
      ],
    ],
    ['a type of many signs', headers('content-type', (n) => '+json'.repeat(n / 4))],
    ['a type of much space', headers('content-type', (n) => `a/b;${' '.repeat(n)}c`)],
    ['a list: quotes that do not end', headers('link', (n) => `"${'\\"'.repeat(n)}\\`)],
    ['a list: space', headers('x-list', (n) => `a${' \t'.repeat(n)}b`)],
    ['a list: separators', headers('link', (n) => ' , ;'.repeat(n))],
  ])('%s', (_, pair) => {
    const [small, large] = [pair(8_000), pair(64_000)];
    costOf(small);
    // Eight times the size: of what is quadratic sixty-four times the cost. The machine may add two milliseconds.
    expect(costOf(large)).toBeLessThan(24 * costOf(small) + 2_000);
  });
});
