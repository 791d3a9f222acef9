import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLeak, type Sighting, Witness } from '../../src/rollout/witness.ts';

/** `A1 B2`: user 1 was given answer A, then user 2 answer B. */
const sightings = (text: string): Sighting[] =>
  text.split(' ').map(([digest = '', whose = '']) => ({ digest, whose }));

describe('isLeak', () => {
  test.each([
    ['A1 B2 A1', true, 'each has his own'],
    ['A1 B2 A3', true, 'a third has what the first has'],
    ['A1 C3 B2 A1', true, 'whatever comes between'],
    ['A1 B2 B2 A1', true, 'however often'],
    ['A1', false, 'nothing to compare with'],
    ['A1 B2', false, 'it may have changed'],
    ['A1 B2 B1', false, 'it has changed once'],
    ['A1 B2 C1', false, 'it changes each time'],
    ['A1 B2 C3 D1 E2', false, 'it changes each time'],
    ['A1 B1 A1', false, 'the same user: it changes with time'],
    ['A1 B2 A2', false, 'who was given the other is given this one: it changes with time'],
    ['A1 B2 A1 A2', false, 'as was seen afterwards'],
    ['A1 B1 B2 A3', false, 'as was seen before'],
  ])('%s: %s, %s', (text, leaks) => {
    expect(isLeak(sightings(text))).toBe(leaks);
  });

  const user = fc.constantFrom('1', '2', '3');

  test('a value that never comes back is none, whoever is given it when', () => {
    const history = fc.array(fc.tuple(user, fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(history, (steps) => {
        let value = 0;
        const seen = steps.map(([whose, changes]) => {
          if (changes) value += 1;
          return { digest: String(value), whose };
        });
        expect(isLeak(seen)).toBe(false);
      }),
    );
  });

  test('what depends on the user alone is found as soon as two have been given theirs in turn', () => {
    fc.assert(
      fc.property(fc.array(user, { minLength: 1, maxLength: 10 }), (users) => {
        const inTurn = users.some(
          (whose, i) =>
            users.slice(0, i).includes(whose) &&
            users.slice(users.indexOf(whose), i).some((it) => it !== whose),
        );
        expect(isLeak(users.map((whose) => ({ digest: `of ${whose}`, whose })))).toBe(inTurn);
      }),
    );
  });
});

describe('Witness', () => {
  const limits = { witnessedKeys: 2, sightingsPerKey: 4 };
  const [a1, b2, c3] = sightings('A1 B2 C3') as [Sighting, Sighting, Sighting];

  test('says where they differed, also where the last of them were equal', () => {
    const witness = new Witness(limits);
    expect(witness.knows('key')).toBe(false);
    expect(witness.saw('key', a1, b2, ['total'])).toBe(null);
    expect(witness.saw('key', a1, a1, [])).toEqual(['total']);
  });

  test('what was stored was given once, however often it is compared', () => {
    const witness = new Witness(limits);
    witness.saw('key', a1, b2, ['total']);
    expect(witness.saw('key', a1, c3, ['total'])).toBe(null);
  });

  test('what is stored anew counts from then on', () => {
    const witness = new Witness(limits);
    witness.saw('key', a1, b2, ['total']);
    expect(witness.saw('key', b2, a1, ['total'])).toEqual(['total']);
  });

  test('what was purged between is another key, and no evidence', () => {
    const witness = new Witness(limits);
    witness.saw('before', a1, b2, ['total']);
    expect(witness.saw('after', a1, a1, [])).toBe(null);
  });

  test('keys and answers have a bound', () => {
    const witness = new Witness(limits);
    for (const key of ['one', 'two', 'three']) witness.saw(key, a1, b2, []);
    expect(['one', 'two', 'three'].filter((key) => witness.knows(key))).toEqual(['two', 'three']);
    const [f3, ...others] = sightings('F3 C3 D1 E4') as [Sighting, ...Sighting[]];
    for (const it of [...others, f3]) witness.saw('three', a1, it, ['total']);
    // That another was given B before is forgotten.
    expect(witness.saw('three', f3, b2, ['total'])).toBe(null);
  });
});
