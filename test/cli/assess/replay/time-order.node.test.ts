import fc from 'fast-check';
import { expect, test } from 'vitest';
import { merge, sortByTime } from '../../../../cli/assess/replay/time-order.ts';

const anyTimes = fc.array(
  fc.record({ timeMs: fc.integer({ min: 0, max: 50 }), source: fc.integer({ min: 0, max: 2 }) }),
  {
    maxLength: 300,
  },
);

test('sorts by time, then by source, and leaves equal ones as they came', () => {
  fc.assert(
    fc.property(anyTimes, fc.nat(20), (lines, from) => {
      const timed = {
        timeMs: Float64Array.from(lines, (it) => it.timeMs),
        source: Int32Array.from(lines, (it) => it.source),
      };
      const order = Int32Array.from(lines, (_, at) => at);
      const start = Math.min(from, lines.length);
      const byTime = (a: number, b: number) =>
        timed.timeMs[a]! - timed.timeMs[b]! || timed.source[a]! - timed.source[b]!;
      sortByTime(order, start, lines.length, new Int32Array(lines.length), timed);
      const places = lines.map((_, at) => at);
      expect([...order]).toEqual([...places.slice(0, start), ...places.slice(start).toSorted(byTime)]);
      // Both parts, each sorted, are merged into one.
      sortByTime(order, 0, start, new Int32Array(lines.length), timed);
      const merged = new Int32Array(lines.length);
      merge(order, merged, 0, start, lines.length, timed);
      expect([...merged]).toEqual(places.toSorted(byTime));
    }),
    { numRuns: 300, seed: 3 },
  );
});
