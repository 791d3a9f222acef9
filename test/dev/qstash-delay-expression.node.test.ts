import { describe, expect, test } from 'vitest';
import { parseDelayExpression } from '../../dev/qstash/delay-expression.ts';

describe('a retry-delay expression', () => {
  test.each([
    ['1000', 1_000],
    ['0.5', 0.5],
    ['retried', 3],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 2 - 3', 5],
    ['100 / 10 / 5', 2],
    ['17 % 5 * 2', 4],
    ['2 - -3', 5],
    ['--2', 2],
    ['-(retried + 1) * -2', 8],
    ['1000 * (1 + retried)', 4_000],
    ['pow(2, retried) * 1000', 8_000],
    ['max(1000, pow(2, retried) * 100)', 1_000],
    ['min(120000, 1000 * pow(4, retried))', 64_000],
    ['sqrt(16) + abs(-1) + floor(1.9) + ceil(1.1) + round(1.5)', 10],
    ['exp(0)', 1],
    [' 1000\t*\n2 ', 2_000],
  ])('%s', (source, value) => {
    expect(parseDelayExpression(source)(3)).toBe(value);
  });

  test.each([
    ['', 'unexpected end'],
    ['1 +', 'unexpected end'],
    ['1 2', 'unexpected 2'],
    ['(1', 'unexpected end in place of )'],
    ['1)', 'unexpected )'],
    ['* 2', 'unexpected *'],
    ['2 ** 3', 'unexpected *'],
    ['1..2', 'unexpected .'],
    ['1e3', 'unexpected e'],
    ['pow', 'unexpected end in place of ('],
    ['pow(2)', 'pow takes 2, not 1'],
    ['sqrt(1, 2)', 'sqrt takes 1, not 2'],
    ['min()', 'unexpected )'],
    ['Retried', 'unexpected R'],
    ['now()', 'unexpected now'],
    ['constructor', 'unexpected constructor'],
    ['1 constructor 2', 'unexpected constructor'],
    ['process.exit()', 'unexpected process'],
    ['1000; 1', 'unexpected ;'],
    ['retried ? 1 : 2', 'unexpected ?'],
    ['1'.repeat(257), 'longer than 256 characters'],
  ])('is not %s', (source, why) => {
    expect(() => parseDelayExpression(source)).toThrow(why);
  });

  test('may be nested as deep as it is long', () => {
    expect(parseDelayExpression(`${'('.repeat(127)}7${')'.repeat(127)}`)(0)).toBe(7);
  });
});
