import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFigures, writeFigures } from '../../src/figures/text.ts';
import { everySeries, figuresWith } from './support.ts';

const labels = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b', '', '-', '__proto__', 'constructor'),
    fc.string().map((it) => it.replaceAll('|', '_')),
  ),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const key = labels.map((it) => it.join('|'));
const size = fc.nat({ max: 1_000_000 });

test('What was written is read, whatever labels there are, and where one series goes on from another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(key, size)),
      fc.array(fc.tuple(key, size, fc.integer({ min: 0, max: 63 }), size)),
      (counts, observed) => {
        const figures = {
          counts: new Map(counts),
          histograms: figuresWith({}).histograms,
        };
        const histograms = figuresWith({}, Object.create(null)).histograms as Map<string, never>;
        for (const [name, sumMs, bucket, n] of observed)
          histograms.set(name, { sumMs, counts: new Map([[bucket, n]]) } as never);
        const read = readFigures(writeFigures({ ...figures, histograms }), 1_000);
        expect(read?.dropped).toBe(0);
        expect(new Map(read!.figures.counts)).toEqual(figures.counts);
        expect(new Map(read!.figures.histograms)).toEqual(histograms);
      },
    ),
    {
      examples: [
        [
          [
            ['a', 1],
            ['a|b', 2],
            ['a|b|c', 3],
            ['a|', 4],
          ],
          [],
        ],
        [
          [
            ['a|b|c', 3],
            ['a|b', 2],
            ['a', 1],
          ],
          [],
        ],
      ],
    },
  );
});

test('A label stands once beside those that follow it', () => {
  expect(writeFigures(figuresWith({ 'requests|kpi|hit': 3, 'requests|kpi|miss': 1, redis_price: 2 }))).toBe(
    '{"c":{"requests":{"kpi":{"hit":3,"miss":1}},"redis_price":2},"h":{}}',
  );
});

test('What is no count is dropped, and counted; all else is read', () => {
  const text = '{"c":{"a":1,"b":"2","c":{"d":null,"e":-1,"f":5}},"h":{"g":[1,2,3],"h":[],"i":["x"],"j":7}}';
  const read = readFigures(text, 10)!;
  expect(Object.fromEntries(read.figures.counts)).toEqual({ a: 1, 'c|f': 5 });
  expect([...read.figures.histograms.keys()]).toEqual(['g']);
  expect(read.dropped).toBe(6);
});

test.each([null, '', '{', '[]', '7', 'null', '{"c":{}}', '{"h":{}}', '{"c":[],"h":{}}', '{"c":1,"h":{}}'])(
  'There are none in %j',
  (text) => expect(readFigures(text, 10)).toBeNull(),
);

test('More series than there may be stay as they were', () => {
  const all = everySeries();
  const read = readFigures(writeFigures(all), 3)!;
  expect(read.figures.counts.size).toBe(all.counts.size);
  expect(read.figures.histograms.size).toBe(all.histograms.size);
});
