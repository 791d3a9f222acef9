import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveBytes } from '../../../../cli/assess/replay/live-bytes.ts';

const anyFills = fc.array(fc.record({ afterMs: fc.nat(300), bytes: fc.integer({ min: 1, max: 9 }) }), {
  maxLength: 60,
});

test('what is stored at once: no less than the truth, and no more than with an eighth more of TTL', () => {
  fc.assert(
    fc.property(
      anyFills,
      fc.constantFrom(8, 80, 1000, 100_000),
      fc.constantFrom(0, 1.79e12),
      (fills, ttlMs, startMs) => {
        const live = new LiveBytes([ttlMs]);
        let nowMs = startMs;
        const done = fills.map(({ afterMs, bytes }) => {
          nowMs += afterMs;
          live.fill(0, nowMs, bytes);
          return { atMs: nowMs, bytes };
        });
        const most = (life: number) =>
          Math.max(
            0,
            ...done.map(({ atMs }) =>
              done.reduce((sum, it) => (it.atMs <= atMs && it.atMs > atMs - life ? sum + it.bytes : sum), 0),
            ),
          );
        const peak = live.peak(0);
        expect(peak).toBeGreaterThanOrEqual(most(ttlMs));
        expect(peak).toBeLessThanOrEqual(most(ttlMs * (1 + 1 / 8)));
      },
    ),
    { numRuns: 300, seed: 4 },
  );
});
