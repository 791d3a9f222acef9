import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBoundedPattern } from '../../../../dev/strategy/lint/pattern.ts';

/** A pattern, and whether it is known to match only so many texts, by how it is made. */
interface Made {
  readonly source: string;
  readonly bounded: boolean;
}

/** Marks of a pattern among them, as what they are in it: one character each. */
const atoms = ['a', '\\d', '\\*', '\\+', '\\|', '\\$', '[*+|]', '[^\\]]', '[{2,}]', '\\p{L}', '\\u{2b}'];
const { inner } = fc.letrec<{ inner: Made }>((tie) => {
  const atom = fc.constantFrom(...atoms).map((source): Made => ({ source, bounded: true }));
  const group = fc.tuple(fc.constantFrom('(', '(?:', '(?<g>'), tie('inner'), tie('inner')).map(
    ([open, one, other]): Made => ({
      source: `${open}${one.source}|${other.source})`,
      bounded: one.bounded && other.bounded,
    }),
  );
  const repeated = fc
    .tuple(
      fc.oneof({ weight: 2, arbitrary: atom }, group),
      fc.constantFrom('', '', '?', '{2}', '{1,3}', '*', '+', '{2,}', '+?'),
    )
    .map(
      ([{ source, bounded }, times]): Made => ({
        source: `${source}${times}`,
        bounded: bounded && !['*', '+', '{2,}', '+?'].includes(times),
      }),
    );
  return {
    inner: fc.array(repeated, { minLength: 1, maxLength: 3 }).map(
      (made): Made => ({
        source: made.map(({ source }) => source).join(''),
        bounded: made.every(({ bounded }) => bounded),
      }),
    ),
  };
});

test('a pattern from ^ to $ is bounded exactly where nothing in it repeats without an end', () => {
  fc.assert(
    fc.property(inner, inner, ({ source, bounded }, other) => {
      expect(isBoundedPattern(`^${source}$`)).toBe(bounded);
      expect(isBoundedPattern(`^${source}$|^${other.source}$`)).toBe(bounded && other.bounded);
    }),
    { numRuns: 2_000 },
  );
});

test('a pattern that is open at an end is not bounded', () => {
  fc.assert(
    fc.property(inner, ({ source }) => {
      for (const open of [source, `^${source}`, `${source}$`, `^${source}|a$`, `^${source}\\$`])
        expect(isBoundedPattern(open)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
