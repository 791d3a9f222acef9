import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeavyHitters } from '../../src/telemetry/heavy-hitters.ts';

/** What was read, and whether it was a hit. */
const streams = fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 400 });
const nameOf = (n: number) => `tag:${n}`;

function sketchOf(stream: readonly (readonly [number, boolean])[], most: number) {
  const sketch = new HeavyHitters(most, 2);
  const truth = new Map<string, number>();
  for (const [n, isHit] of stream) {
    sketch.add(nameOf(n), [1, isHit ? 1 : 0]);
    truth.set(nameOf(n), (truth.get(nameOf(n)) ?? 0) + (isHit ? 2 : 1));
  }
  const weight = [...truth.values()].reduce((a, b) => a + b, 0);
  return { sketch, truth, weight };
}

const weightOf = ([, ...counts]: readonly [string, ...number[]]) => counts.reduce((a, b) => a + b, 0);

test('nothing is lost: all counts, those of the rest too, are what was added', () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 12 }), fc.nat(12), (stream, most, shown) => {
      const rows = sketchOf(stream, most).sketch.take(shown);
      const sum = (i: 1 | 2) => rows.reduce((all, row) => all + (row[i] as number), 0);
      expect([sum(1), sum(2)]).toEqual([stream.length, stream.filter(([, isHit]) => isHit).length]);
      expect(rows.filter(([name]) => name !== '').length).toBeLessThanOrEqual(Math.min(most, shown));
    }),
  );
});

test('whatever weighs more than its share of the places is there, and no count is off by more than that share', () => {
  fc.assert(
    fc.property(streams, fc.integer({ min: 1, max: 12 }), (stream, most) => {
      const { sketch, truth, weight } = sketchOf(stream, most);
      const rows = new Map(sketch.take(most).map((row) => [row[0], weightOf(row)]));
      for (const [name, weighs] of truth) {
        const counted = rows.get(name);
        if (weighs > weight / most) expect(counted).toBeDefined();
        if (counted === undefined) continue;
        expect(counted).toBeLessThanOrEqual(weighs);
        expect(counted).toBeGreaterThanOrEqual(weighs - weight / most);
      }
    }),
    { numRuns: 300 },
  );
});

test('whoever is new where all places are taken keeps its place, because it has the weight of whom it followed', () => {
  // By turns with another, who would else take its place each time.
  const stream = [...'bbcc', ...'adadadadad'].map((it) => [it.charCodeAt(0), false] as const);
  const rows = new Map(
    sketchOf(stream, 3)
      .sketch.take(3)
      .map((row) => [row[0], weightOf(row)]),
  );
  expect(rows.has(nameOf('a'.charCodeAt(0)))).toBe(true);
});

test('with a place for each name every count is exact', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      const { sketch, truth } = sketchOf(stream, 41);
      const rows = sketch.take(41);
      expect(new Map(rows.map((row) => [row[0], weightOf(row)]))).toEqual(truth);
    }),
  );
});

test('it is empty when it was taken', () => {
  const sketch = new HeavyHitters(2, 1);
  sketch.add('a', [1]);
  sketch.take(2);
  expect(sketch.take(2)).toEqual([]);
});
